// Compute: checksums, each by the library that everybody uses for it. One round before the timed
// ones warms up.

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <zlib.h>

#include <array>
#include <vector>

#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kSize = 1UL << 20U;

std::vector<unsigned char> random_bytes() {
  std::vector<unsigned char> data(kSize);
  Random random;
  for (auto& byte : data) byte = static_cast<unsigned char>(random.next());
  return data;
}

/// SHA-256 (FIPS 180-4) of 1 MiB by OpenSSL, which takes the processor's own instructions where it
/// has them. By its low-level functions, that do what EVP does without the providers. Unit: bytes
/// per second. Peer: openssl speed -evp sha256 -bytes 1048576.
void sha256(benchmark::State& state) {
  const auto data = random_bytes();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const auto once = [&] {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, data.data(), data.size());
    SHA256_Final(digest.data(), &context);
    benchmark::DoNotOptimize(digest);
  };
  once();
  for (auto _ : state) once();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  Digest checksum;
  for (const auto byte : digest) checksum.add(byte);
  set_checksum(state, checksum.value());
}

/// CRC-32 (ISO 3309, as gzip and PNG use it) of 1 MiB by zlib. Unit: bytes per second. Peer:
/// Python's zlib.crc32, which calls the same library.
void crc32_of_bytes(benchmark::State& state) {
  const auto data = random_bytes();
  uLong value = 0;
  const auto once = [&] {
    value = ::crc32(0, data.data(), static_cast<uInt>(data.size()));
    benchmark::DoNotOptimize(value);
  };
  once();
  for (auto _ : state) once();
  // The standard's own test vector: what is fast must also be right.
  constexpr std::array<unsigned char, 9> kDigits{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  if (::crc32(0, kDigits.data(), kDigits.size()) != 0xcbf43926UL) {
    fail(state, "CRC-32 of \"123456789\": zlib computed a wrong one");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  set_checksum(state, value);
}

Description hash(std::string name, std::string summary) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .metric = "bytes_per_second",
          .unit = "B/s",
          .higher_is_better = true};
}

const bool kSha256 =
    add_workload(hash("compute/sha256/1MiB", "SHA-256 of 1 MiB (OpenSSL)"), sha256);
const bool kCrc32 =
    add_workload(hash("compute/crc32/1MiB", "CRC-32 of 1 MiB (zlib)"), crc32_of_bytes);

}  // namespace
}  // namespace strata::workloads
