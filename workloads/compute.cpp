// Compute: what a processor does by itself. Differs between paradigms only by what shares the
// processor.

#include <cblas.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "workloads/registry.h"

namespace strata::workloads {
namespace {

/// SHA-256 (FIPS 180-4) of 1 MiB by OpenSSL, which takes the processor's own instructions where it
/// has them. Unit: bytes per second. Peer: openssl speed -evp sha256 -bytes 1048576.
void sha256(benchmark::State& state) {
  constexpr std::size_t kSize = 1UL << 20U;
  std::vector<unsigned char> data(kSize);
  Random random;
  for (auto& byte : data) byte = static_cast<unsigned char>(random.next());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  for (auto _ : state) {
    if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
      state.SkipWithError("OpenSSL refused to compute a SHA-256");
      break;
    }
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  Digest checksum;
  for (unsigned i = 0; i < length; ++i) checksum.add(digest[i]);
  set_checksum(state, checksum.value());
}

/// C = A B for square matrices of doubles (BLAS dgemm) by OpenBLAS on one thread; 2 n^3 operations.
/// The elements are small whole numbers, so that the product is exact and its checksum the same
/// with every kernel that OpenBLAS may choose.
void dgemm(benchmark::State& state) {
  constexpr int kSize = 512;
  constexpr std::size_t kElements = static_cast<std::size_t>(kSize) * kSize;
  openblas_set_num_threads(1);
  Random random;
  std::vector<double> a(kElements);
  std::vector<double> b(kElements);
  std::vector<double> c(kElements);
  for (auto* const matrix : {&a, &b}) {
    for (auto& element : *matrix) element = static_cast<double>(random.below(8));
  }
  for (auto _ : state) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1.0, a.data(),
                kSize, b.data(), kSize, 0.0, c.data(), kSize);
    benchmark::ClobberMemory();
  }
  // One row by hand: what is fast must also be right.
  for (std::size_t column = 0; column < kSize; ++column) {
    double sum = 0;
    for (std::size_t k = 0; k < kSize; ++k) sum += a[k] * b[k * kSize + column];
    if (sum != c[column]) state.SkipWithError("dgemm computed a wrong product");
  }
  state.counters["flop_per_second"] =
      benchmark::Counter(2.0 * std::pow(kSize, 3), benchmark::Counter::kIsIterationInvariantRate);
  Digest checksum;
  for (const double element : c) checksum.add(static_cast<std::uint64_t>(element));
  set_checksum(state, checksum.value());
}

const bool kSha256 = add_workload({.name = "compute/sha256/1MiB",
                                   .summary = "SHA-256 of 1 MiB (OpenSSL)",
                                   .metric = "bytes_per_second",
                                   .unit = "B/s",
                                   .higher_is_better = true},
                                  sha256);
const bool kDgemm =
    add_workload({.name = "compute/dgemm/512",
                  .summary = "product of two 512 x 512 matrices, one thread (OpenBLAS)",
                  .metric = "flop_per_second",
                  .unit = "1/s",
                  .higher_is_better = true},
                 dgemm);

}  // namespace
}  // namespace strata::workloads
