// Compute: dense linear algebra by OpenBLAS, on one thread and on all CPUs. One round before the
// timed ones warms up: it also wakes the threads and takes OpenBLAS's buffers.

#include <cblas.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "workloads/cpus.h"
#include "workloads/registry.h"
#include "workloads/report.h"

// LAPACK as OpenBLAS exports it: Fortran's names end with an underscore.
extern "C" {
void dgetrf(const int* rows, const int* columns, double* matrix, const int* stride, int* pivots,
            int* info) __asm__("dgetrf_");
void dgetrs(const char* transposed, const int* rows, const int* sides, const double* matrix,
            const int* stride, const int* pivots, double* right, const int* right_stride, int* info,
            std::size_t length_of_transposed) __asm__("dgetrs_");
}

namespace strata::workloads {
namespace {

/// OpenBLAS starts its threads before main; those of the other workloads would then fork and switch
/// in a process with idle threads in it. It starts them when they are asked for instead.
[[gnu::constructor(101)]] void start_with_one_thread() { ::setenv("OPENBLAS_NUM_THREADS", "1", 0); }

int threads_for(bool all) { return all ? static_cast<int>(usable_cpus().size()) : 1; }

/// C = A B for square matrices of doubles (BLAS dgemm); 2 n^3 operations. The elements are small
/// whole numbers, so that the product is exact and its checksum the same with every kernel that
/// OpenBLAS may choose. Unit: operations per second. Peer: numpy.dot with the same OpenBLAS.
void dgemm(benchmark::State& state, int size, bool all_threads) {
  const auto n = static_cast<std::size_t>(size);
  openblas_set_num_threads(threads_for(all_threads));
  Random random;
  std::vector<double> a(n * n);
  std::vector<double> b(n * n);
  std::vector<double> c(n * n);
  for (auto* const matrix : {&a, &b}) {
    for (auto& element : *matrix) element = static_cast<double>(random.below(8));
  }
  const auto once = [&] {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1.0, a.data(), size,
                b.data(), size, 0.0, c.data(), size);
    benchmark::ClobberMemory();
  };
  once();
  for (auto _ : state) once();
  // One row by hand: what is fast must also be right.
  for (std::size_t column = 0; column < n; ++column) {
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k * n + column];
    if (sum != c[column]) fail(state, "dgemm computed a wrong product");
  }
  state.counters["flop_per_second"] =
      benchmark::Counter(2.0 * std::pow(size, 3), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["threads"] = threads_for(all_threads);
  Digest checksum;
  for (const double element : c) checksum.add(static_cast<std::uint64_t>(element));
  set_checksum(state, checksum.value());
}

/// |b - A x| / (eps (|A| |x| + |b|) n), all norms infinite: HPL's test, which passes below 16.
double scaled_residual(const std::vector<double>& a, const std::vector<double>& b,
                       const std::vector<double>& x) {
  const auto n = b.size();
  double residual = 0;
  double norm_a = 0;
  double norm_x = 0;
  double norm_b = 0;
  for (std::size_t row = 0; row < n; ++row) {
    double difference = b[row];
    double sum = 0;
    for (std::size_t column = 0; column < n; ++column) {
      const double element = a[column * n + row];
      difference -= element * x[column];
      sum += std::abs(element);
    }
    residual = std::max(residual, std::abs(difference));
    norm_a = std::max(norm_a, sum);
    norm_x = std::max(norm_x, std::abs(x[row]));
    norm_b = std::max(norm_b, std::abs(b[row]));
  }
  return residual / (std::numeric_limits<double>::epsilon() * (norm_a * norm_x + norm_b) *
                     static_cast<double>(n));
}

/// Solves A x = b for a random dense A by LU decomposition with partial pivoting (LAPACK dgetrf and
/// dgetrs), as Linpack does, and checks the residual as HPL does. 2/3 n^3 + 2 n^2 operations.
/// Copying A anew is in the time (under 1 % of it). Unit: operations per second.
void lu_solve(benchmark::State& state, int size, bool all_threads) {
  const auto n = static_cast<std::size_t>(size);
  openblas_set_num_threads(threads_for(all_threads));
  Random random;
  std::vector<double> a(n * n);
  std::vector<double> b(n);
  for (auto& element : a) element = random.fraction() - 0.5;
  for (auto& element : b) element = random.fraction() - 0.5;
  std::vector<double> factors(n * n);
  std::vector<double> x(n);
  std::vector<int> pivots(n);
  int info = 0;
  const auto once = [&] {
    factors = a;
    x = b;
    dgetrf(&size, &size, factors.data(), &size, pivots.data(), &info);
    const int one = 1;
    if (info == 0)
      dgetrs("N", &size, &one, factors.data(), &size, pivots.data(), x.data(), &size, &info, 1);
    benchmark::ClobberMemory();
  };
  once();
  for (auto _ : state) once();
  constexpr double kPasses = 16;
  if (info != 0 || !(scaled_residual(a, b, x) < kPasses)) {
    fail(state, "the solution does not solve the equations");
  }
  const double dimension = size;
  state.counters["flop_per_second"] =
      benchmark::Counter(2.0 / 3.0 * std::pow(dimension, 3) + 2.0 * std::pow(dimension, 2),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.counters["threads"] = threads_for(all_threads);
  // Kernels differ in the last bits, so x in whole millionths, of which the residual leaves no
  // doubt.
  Digest checksum;
  for (std::size_t i = 0; i < n; i += 100) {
    checksum.add(static_cast<std::uint64_t>(std::llround(x[i] * 1e6)));
  }
  set_checksum(state, checksum.value());
}

Description dense(std::string name, std::string summary) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .metric = "flop_per_second",
          .unit = "1/s",
          .higher_is_better = true};
}

const bool kDgemm = add_workload(
    dense("compute/dgemm/512", "product of two 512 x 512 matrices, one thread (OpenBLAS)"),
    [](auto& state) { dgemm(state, 512, false); });
const bool kDgemmAll = add_workload(
    dense("compute/dgemm/1024/all_threads", "product of two 1,024 x 1,024 matrices, all CPUs"),
    [](auto& state) { dgemm(state, 1024, true); });
const bool kLu = add_workload(
    dense("compute/lu_solve/1000", "1,000 linear equations by LU, one thread (OpenBLAS)"),
    [](auto& state) { lu_solve(state, 1000, false); });
const bool kLuAll =
    add_workload(dense("compute/lu_solve/1000/all_threads", "1,000 linear equations, all CPUs"),
                 [](auto& state) { lu_solve(state, 1000, true); });

}  // namespace
}  // namespace strata::workloads
