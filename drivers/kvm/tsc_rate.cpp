#include "drivers/kvm/tsc_rate.h"

#include <chrono>
#include <thread>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace strata::drivers {

std::uint64_t measure_tsc_khz() {
#if defined(__x86_64__)
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto first = __rdtsc();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto end = Clock::now();
  const auto last = __rdtsc();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
  constexpr std::uint64_t kPerMillisecond = 1000;
  return (last - first) * kPerMillisecond / static_cast<std::uint64_t>(took);
#else
  return 0;
#endif
}

}  // namespace strata::drivers
