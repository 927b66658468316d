#include "results/derived_metrics.h"

#include <string>

namespace strata::results {

std::vector<Metric> derived_metrics(const Stamps& stamps) {
  std::vector<Metric> metrics;
  const auto add = [&](std::string name, std::optional<Duration> value) {
    if (!value) return;
    metrics.push_back({std::move(name), static_cast<double>(value->count()), "ns", Better::kLower});
  };
  for (std::size_t i = 1; i < kStampCount; ++i) {
    const auto stamp = static_cast<Stamp>(i);
    auto name = stamp == Stamp::kReady     ? std::string("startup")
                : stamp == Stamp::kRemoved ? std::string("lifetime")
                                           : "until_" + std::string(name_of(stamp));
    add(std::move(name), stamps.between(Stamp::kRequested, stamp));
  }
  add("signal_round_trip", stamps.signal_round_trip);
  return metrics;
}

}  // namespace strata::results
