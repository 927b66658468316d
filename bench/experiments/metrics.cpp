#include "bench/experiments/metrics.h"

#include <fmt/format.h>

#include <utility>

namespace strata::bench {

void add_time(Trial& trial, std::string name, Duration time) {
  trial.metrics.push_back(
      {std::move(name), static_cast<double>(time.count()), "ns", Better::kLower});
}
void add_bytes(Trial& trial, std::string name, double bytes) {
  trial.metrics.push_back({std::move(name), bytes, "B", Better::kLower});
}
void add_count(Trial& trial, std::string name, double count) {
  trial.metrics.push_back({std::move(name), count, "", Better::kLower});
}
void add_rate(Trial& trial, std::string name, double per_second) {
  trial.metrics.push_back({std::move(name), per_second, "1/s", Better::kHigher});
}
void add_ratio(Trial& trial, std::string name, double ratio) {
  trial.metrics.push_back({std::move(name), ratio, "", Better::kLower});
}

std::string indexed(std::string_view curve, double x) { return fmt::format("{}[{}]", curve, x); }

}  // namespace strata::bench
