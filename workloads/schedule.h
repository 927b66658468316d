#pragma once

#include <chrono>
#include <cstddef>

namespace strata::workloads {

/// When each request of an open loop is meant to be sent: evenly, `rate` a second. Computed from
/// the number and not by adding up, so that it does not drift.
class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  Schedule(TimePoint start, double rate) : start_(start), gap_ns_(1e9 / rate) {}
  [[nodiscard]] TimePoint at(std::size_t number) const {
    return start_ + std::chrono::nanoseconds(
                        static_cast<std::int64_t>(static_cast<double>(number) * gap_ns_));
  }

 private:
  TimePoint start_;
  double gap_ns_;
};

}  // namespace strata::workloads
