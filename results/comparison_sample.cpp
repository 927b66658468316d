#include "results/comparison_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/rank_tests.h"

namespace strata::results {
namespace {

std::vector<double> values_of(const std::vector<Paired>& list) {
  std::vector<double> values;
  values.reserve(list.size());
  for (const auto& one : list) values.push_back(one.value);
  return values;
}

/// Logarithms in place; says why where a value has none.
std::string take_logs(std::vector<double>& values, Better better) {
  const auto without = std::ranges::count_if(values, [](double value) { return !(value > 0); });
  if (without > 0) {
    return fmt::format("{} of {} values are zero or negative, which have no ratio", without,
                       values.size());
  }
  for (auto& value : values) value = better == Better::kHigher ? -std::log(value) : std::log(value);
  return {};
}

std::vector<Paired> log_costs(const std::vector<Paired>& list, Better better, std::string& why) {
  auto values = values_of(list);
  if (auto said = take_logs(values, better); !said.empty()) why = std::move(said);
  auto logs = list;
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i].value = values[i];
  return logs;
}

/// The mean of what several lists have in every block; blocks that one of them lacks are left out,
/// and of several values of a block in one list the mean counts.
std::vector<Paired> mean_by_block(const std::vector<const std::vector<Paired>*>& lists) {
  struct Sum {
    double value = 0;
    std::size_t lists = 0;
  };
  std::map<std::uint64_t, Sum> blocks;
  for (const auto* const list : lists) {
    std::map<std::uint64_t, std::pair<double, double>> own;
    for (const auto& one : *list) {
      auto& [sum, count] = own[one.pair];
      sum += one.value;
      count += 1;
    }
    for (const auto& [block, sum] : own) {
      blocks[block].value += sum.first / sum.second;
      ++blocks[block].lists;
    }
  }
  std::vector<Paired> means;
  for (const auto& [block, sum] : blocks) {
    if (sum.lists != lists.size()) continue;
    means.push_back({block, sum.value / static_cast<double>(lists.size())});
  }
  return means;
}

}  // namespace

Estimate Sample::ratio(double confidence) const {
  auto estimate = paired ? hodges_lehmann(values_of(first), confidence)
                         : hodges_lehmann_shift(values_of(first), values_of(second), confidence);
  estimate.value = std::exp(estimate.value);
  if (estimate.interval) {
    estimate.interval = {std::exp(estimate.interval->low), std::exp(estimate.interval->high)};
  }
  return estimate;
}

double Sample::p_value() const {
  return paired ? signed_rank_p_value(values_of(first))
                : rank_sum_p_value(values_of(first), values_of(second));
}

std::string Sample::too_few() const {
  if (paired) {
    return fmt::format("{} pairs: 6 are the least that give a 95 % interval", first.size());
  }
  return fmt::format("{} and {} trials: 4 and 4 are the least that give a 95 % interval",
                     second.size(), first.size());
}

Sample paired_sample(const std::vector<Paired>& values, const std::vector<Paired>& reference,
                     Better better) {
  Sample sample;
  auto matched = match(values, reference);
  if (matched.pairs.empty()) {
    sample.why = "no block has a good trial of both";
    return sample;
  }
  for (auto* const side : {&matched.first, &matched.second}) {
    if (auto why = take_logs(*side, better); !why.empty()) {
      sample.why = std::move(why);
      return sample;
    }
  }
  sample.first.reserve(matched.pairs.size());
  for (std::size_t i = 0; i < matched.pairs.size(); ++i) {
    sample.first.push_back({matched.pairs[i], matched.first[i] - matched.second[i]});
  }
  return sample;
}

Sample unpaired_sample(const std::vector<Paired>& values, const std::vector<Paired>& reference,
                       Better better) {
  Sample sample;
  sample.paired = false;
  if (values.empty() || reference.empty()) {
    sample.why = "one of the runs has no good trial of it";
    return sample;
  }
  sample.first = log_costs(values, better, sample.why);
  sample.second = log_costs(reference, better, sample.why);
  return sample;
}

Sample mean_sample(const std::vector<const Sample*>& samples) {
  Sample mean;
  mean.paired = samples.front()->paired;
  std::vector<const std::vector<Paired>*> first;
  std::vector<const std::vector<Paired>*> second;
  for (const auto* const sample : samples) {
    first.push_back(&sample->first);
    second.push_back(&sample->second);
  }
  mean.first = mean_by_block(first);
  if (!mean.paired) mean.second = mean_by_block(second);
  if (mean.first.empty() || (!mean.paired && mean.second.empty())) {
    mean.why = "no block has all of the group";
  }
  return mean;
}

}  // namespace strata::results
