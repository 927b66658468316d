// Compute: floating point without a library.

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

using Complex = std::complex<double>;

/// Cooley and Tukey's transform in Stockham's form (auto-sorting, radix 2), its roots of unity
/// computed beforehand. The result is in `data`; `work` is as long.
void transform(std::vector<Complex>& data, std::vector<Complex>& work,
               const std::vector<Complex>& roots) {
  const auto size = data.size();
  auto* from = data.data();
  auto* to = work.data();
  for (std::size_t half = size / 2, stride = 1; half >= 1; half /= 2, stride *= 2) {
    for (std::size_t i = 0; i < half; ++i) {
      const double re = roots[i * stride].real();
      const double im = roots[i * stride].imag();
      for (std::size_t j = 0; j < stride; ++j) {
        const auto a = from[j + stride * i];
        const auto b = from[j + stride * (i + half)];
        const auto difference = a - b;
        to[j + stride * 2 * i] = a + b;
        // By hand: std::complex's own product looks for infinities.
        to[j + stride * (2 * i + 1)] = {difference.real() * re - difference.imag() * im,
                                        difference.real() * im + difference.imag() * re};
      }
    }
    std::swap(from, to);
  }
  if (from != data.data()) data.swap(work);
}

/// Forward Fourier transform of 65,536 complex doubles; 5 n log2 n operations, as FFTW's benchFFT
/// counts them. The input is two tones, whose spectrum is known. Unit: operations per second.
/// Warm-up: none beyond the table of roots; copying the input anew is in the time (2 % of it).
void fft(benchmark::State& state) {
  constexpr std::size_t kSize = 65'536;
  constexpr std::size_t kTone = 1000;
  constexpr std::size_t kOther = 20'000;
  std::vector<Complex> roots(kSize / 2);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    roots[i] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / kSize);
  }
  std::vector<Complex> input(kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kSize;
    input[i] = std::polar(1.0, turn * kTone) + std::polar(0.5, turn * kOther);
  }
  std::vector<Complex> data(kSize);
  std::vector<Complex> work(kSize);
  for (auto _ : state) {
    data = input;
    transform(data, work, roots);
    benchmark::ClobberMemory();
  }
  Digest checksum;
  for (std::size_t i = 0; i < kSize; ++i) {
    const double expected = i == kTone ? kSize : i == kOther ? kSize / 2.0 : 0;
    const auto found = std::llround(std::abs(data[i]));
    if (found != std::llround(expected)) {
      fail(state, "the transform of two tones has another spectrum");
      return;
    }
    if (found != 0) checksum.add(static_cast<std::uint64_t>(found));
  }
  state.counters["flop_per_second"] = benchmark::Counter(
      5.0 * kSize * std::log2(kSize), benchmark::Counter::kIsIterationInvariantRate);
  set_checksum(state, checksum.value());
}

struct Body {
  std::array<double, 3> place;
  std::array<double, 3> velocity;
  double mass;
};

constexpr double kSunMass = 4 * std::numbers::pi * std::numbers::pi;
constexpr double kDays = 365.24;

/// Sun, Jupiter, Saturn, Uranus and Neptune, as the Computer Language Benchmarks Game has them:
/// units are AU, years, and masses with G = 1.
std::array<Body, 5> solar_system() {
  std::array<Body, 5> bodies{
      {{{0, 0, 0}, {0, 0, 0}, kSunMass},
       {{4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01},
        {1.66007664274403694e-03 * kDays, 7.69901118419740425e-03 * kDays,
         -6.90460016972063023e-05 * kDays},
        9.54791938424326609e-04 * kSunMass},
       {{8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01},
        {-2.76742510726411041e-03 * kDays, 4.99852801234917238e-03 * kDays,
         2.30417297573763929e-05 * kDays},
        2.85885980666130812e-04 * kSunMass},
       {{1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01},
        {2.96460137564761618e-03 * kDays, 2.37847173959480950e-03 * kDays,
         -2.96589568540237556e-05 * kDays},
        4.36624404335156298e-05 * kSunMass},
       {{1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01},
        {2.68067772490389322e-03 * kDays, 1.62824170038242295e-03 * kDays,
         -9.51592254519715870e-05 * kDays},
        5.15138902046611451e-05 * kSunMass}}};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double momentum = 0;
    for (const auto& body : bodies) momentum += body.velocity[axis] * body.mass;
    bodies[0].velocity[axis] = -momentum / kSunMass;
  }
  return bodies;
}

void advance(std::array<Body, 5>& bodies, double step) {
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      std::array<double, 3> apart{};
      double square = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        apart[axis] = bodies[i].place[axis] - bodies[j].place[axis];
        square += apart[axis] * apart[axis];
      }
      const double pull = step / (square * std::sqrt(square));
      for (std::size_t axis = 0; axis < 3; ++axis) {
        bodies[i].velocity[axis] -= apart[axis] * bodies[j].mass * pull;
        bodies[j].velocity[axis] += apart[axis] * bodies[i].mass * pull;
      }
    }
  }
  for (auto& body : bodies) {
    for (std::size_t axis = 0; axis < 3; ++axis) body.place[axis] += step * body.velocity[axis];
  }
}

double energy(const std::array<Body, 5>& bodies) {
  double sum = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const auto& v = bodies[i].velocity;
    sum += 0.5 * bodies[i].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const auto& p = bodies[i].place;
      const auto& q = bodies[j].place;
      sum -= bodies[i].mass * bodies[j].mass /
             std::sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) +
                       (p[2] - q[2]) * (p[2] - q[2]));
    }
  }
  return sum;
}

/// 1,000 steps of 0.01 years of the outer solar system, symplectic (n-body of the Computer Language
/// Benchmarks Game, whose energy after 1,000 steps is the check). Square roots and divisions, one
/// after the other. Unit: ns for all steps. Warm-up: none.
void n_body(benchmark::State& state) {
  constexpr int kSteps = 1000;
  constexpr double kStep = 0.01;
  constexpr double kEnergyAfter = -0.169087605;
  double after = 0;
  for (auto _ : state) {
    auto bodies = solar_system();
    for (int i = 0; i < kSteps; ++i) advance(bodies, kStep);
    after = energy(bodies);
    benchmark::DoNotOptimize(after);
  }
  if (std::abs(after - kEnergyAfter) > 1e-9) fail(state, "the energy after 1,000 steps is wrong");
  set_checksum(state, static_cast<std::uint64_t>(std::llround(-after * 1e9)));
}

const bool kFft = add_workload({.name = "compute/fft/65536",
                                .summary = "Fourier transform of 65,536 complex doubles",
                                .metric = "flop_per_second",
                                .unit = "1/s",
                                .higher_is_better = true},
                               fft);
const bool kNBody = add_workload(
    {.name = "compute/n_body/1000_steps", .summary = "five bodies for 1,000 steps"}, n_body);

}  // namespace
}  // namespace strata::workloads
