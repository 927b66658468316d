#include "results/run_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

#include "results/rank_tests.h"
#include "results/vocabulary/disturbance_metrics.h"

namespace strata::results {
namespace {

constexpr double kAlpha = 0.01;
/// Fewer blocks show neither reliably.
constexpr std::size_t kLeastBlocks = 12;

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

/// Two-sided, of "the values follow each other by chance": lag-one correlation of ranks has mean
/// -1 / n and variance about 1 / n (Bartels, The Rank Version of von Neumann's Ratio Test, JASA 77,
/// 1982).
double independence_p_value(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const auto correlation = lag_one_correlation(ranks_of(values));
  const auto z = std::abs(correlation + 1 / n) * std::sqrt(n);
  return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

}  // namespace

double lag_one_correlation(std::span<const double> values) {
  if (values.size() < 3) return 0;
  const auto mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

std::vector<std::string> doubts_about(const std::vector<CellOverBlocks>& cells) {
  const auto bound = kAlpha / static_cast<double>(std::max<std::size_t>(1, cells.size()));
  std::vector<std::string> doubts;
  for (const auto& cell : cells) {
    if (cell.differences.size() >= kLeastBlocks && independence_p_value(cell.differences) < bound) {
      doubts.push_back(fmt::format(
          "{}: blocks are not independent (correlation of neighbours {:.2f}): its interval is "
          "narrower than it should be",
          cell.name, lag_one_correlation(cell.differences)));
    }
    const auto third = cell.costs.size() / 3;
    if (third < 4) continue;
    const auto first = std::span(cell.costs).first(third);
    const auto last = std::span(cell.costs).last(third);
    if (rank_sum_p_value(first, last) < bound) {
      const auto shift = hodges_lehmann_shift(first, last).value;
      doubts.push_back(
          fmt::format("{}: the first third of the blocks cost {:+.1f} % against the last: warming "
                      "up or drifting; ratios are paired by block, medians are not",
                      cell.name, std::expm1(shift) * 100));
    }
  }
  return doubts;
}

std::string disturbed_trials(const Measurements& measurements) {
  const auto& kinds = measurements.kinds();
  std::size_t marked = 0;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (kinds[kind].name != kDisturbedMetric) continue;
    for (const auto& [key, cell] : measurements.cells()) {
      std::vector<Paired> values;
      cell.append_to(values, kind);
      marked += static_cast<std::size_t>(
          std::ranges::count_if(values, [](const Paired& one) { return one.value > 0; }));
    }
  }
  if (marked == 0) return {};
  return fmt::format(
      "{} of {} trials ran under disturbance (more than 1 % of the CPU time stolen, or a clock "
      "that changed by more than 5 %); they are kept",
      marked, measurements.trials());
}

}  // namespace strata::results
