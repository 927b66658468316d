#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace strata::workloads {

/// Counts of latencies in log-linear buckets: each power of two is cut into 1,024 equal parts, so
/// that a value comes back with less than 0.1 % error. Values in ns; those of 2^40 (18 minutes) and
/// more count as that. The layout of HdrHistogram (hdrhistogram.org) with three significant digits.
class Histogram {
 public:
  Histogram() : counts_(bucket_of(kMost) + 1) {}

  void add(std::uint64_t nanoseconds) {
    ++counts_[bucket_of(std::min(nanoseconds, kMost))];
    ++total_;
    most_ = std::max(most_, nanoseconds);
  }
  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] std::uint64_t max() const { return most_; }
  /// The least value that at least q of all values do not exceed, 0 < q <= 1; 0 if there are none.
  [[nodiscard]] double quantile(double q) const {
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(q * static_cast<double>(total_) + 0.999999));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted && seen > 0) return middle_of(bucket);
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 10;  ///< 2^10 parts of each power of two
  static constexpr std::uint64_t kMost = (1ULL << 40U) - 1;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < (2ULL << kBits)) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    return (static_cast<std::size_t>(shift) << kBits) + (value >> shift);
  }
  static double middle_of(std::size_t bucket) {
    if (bucket < (2ULL << kBits)) return static_cast<double>(bucket);
    const auto shift = (bucket >> kBits) - 1;
    const auto low = (bucket - (shift << kBits)) << shift;
    return static_cast<double>(low) + static_cast<double>((1ULL << shift) - 1) / 2;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace strata::workloads
