#include "results/claims/claim_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <utility>

#include "results/comparison_sample.h"
#include "results/units.h"
#include "results/vocabulary/disturbance_metrics.h"

namespace strata::results {
namespace {

using Kind = Claim::Kind;
using Relation = Claim::Relation;

std::string time_between(Stamp from, Stamp to) {
  return fmt::format("{} after {}", name_of(to), name_of(from));
}

/// A quantile with its two-sided distribution-free interval from order statistics, each side at
/// (1 + confidence) / 2; no interval where there are too few values for either side. Hahn and
/// Meeker, Statistical Intervals (1991), 5.2.
Estimate quantile_with_interval(std::vector<double> values, double q, double confidence) {
  Estimate estimate;
  estimate.count = values.size();
  if (values.empty()) return estimate;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const auto place = static_cast<std::size_t>(std::ceil(q * n));
  estimate.value = q == 0.5 ? median(values) : values[std::max<std::size_t>(place, 1) - 1];
  const boost::math::binomial_distribution<double> below(n, q);
  const double tail = (1 - confidence) / 2;
  // x(k) is above the quantile with P(B <= k - 1), and below it with 1 - P(B <= k - 1).
  std::optional<double> low;
  std::optional<double> high;
  for (std::size_t k = 1; k <= values.size(); ++k) {
    const double under = boost::math::cdf(below, static_cast<double>(k - 1));
    if (under <= tail) low = values[k - 1];
    if (!high && 1 - under <= tail) high = values[k - 1];
  }
  if (low && high) estimate.interval = {*low, *high};
  // Of a high quantile few values tell the lower side only; then the median's rule of no interval
  // without both sides holds.
  return estimate;
}

/// What one row is estimated from.
struct Source {
  Sample ratio;                 ///< kRatio
  std::vector<double> values;   ///< kDifference: paired differences; kAbsolute: the values
  std::optional<Sample> noise;  ///< A/A
  std::string why;              ///< not empty: nothing to estimate
};

class Checker {
 public:
  Checker(const Claim& claim, const MeasuredRun& run, double share)
      : claim_(claim), run_(run), error_((1 - claim.confidence) * share) {}

  CheckedClaim check() {
    CheckedClaim checked;
    checked.claim = claim_;
    checked.why = cant_be_measured();
    if (!checked.why.empty()) {
      checked.verdict = ClaimVerdict::kNotMeasurable;
      return checked;
    }
    const auto places = workloads();
    if (places.empty()) {
      checked.verdict = ClaimVerdict::kNotMeasurable;
      checked.why = "the run has no workload that the claim is about";
      return checked;
    }
    const auto deciding = places.size();
    for (const auto& workload : places) {
      if (claim_.from.empty()) {
        checked.rows.push_back(row(workload, claim_.metric, true, deciding));
      }
      for (std::size_t i = 0; i < claim_.from.size(); ++i) {
        checked.rows.push_back(
            row(workload, time_between(claim_.from[i], *claim_.to), i == 0, deciding));
      }
    }
    conclude(checked);
    return checked;
  }

 private:
  [[nodiscard]] const Target* target(const std::string& name) const {
    const auto& targets = run_.head.header.targets;
    const auto found = std::find_if(targets.begin(), targets.end(),
                                    [&](const Target& one) { return one.name == name; });
    return found == targets.end() ? nullptr : &*found;
  }

  [[nodiscard]] std::string cant_be_measured() const {
    if (!claim_.unmeasurable.empty()) return claim_.unmeasurable;
    for (const auto& name : {claim_.target, claim_.baseline}) {
      if (name.empty() || target(name) != nullptr) continue;
      const auto& unavailable = run_.head.header.unavailable_targets;
      if (const auto why = unavailable.find(name); why != unavailable.end()) {
        return fmt::format("target {}: {}", name, to_string(why->second));
      }
      return fmt::format("no trial of the run was on {}", name);
    }
    const auto& facts = target(claim_.target)->facts;
    const auto accelerator = facts.find("accelerator");
    const auto is = accelerator == facts.end() ? std::string("unknown") : accelerator->second;
    for (const auto& need : claim_.needs) {
      if (is == "kvm" || (need == "kvm" && is == "nested-kvm")) continue;
      return fmt::format("it needs {}, and {} ran with {}", need, claim_.target, is);
    }
    if (claim_.needs.empty() && is == "tcg") {
      return fmt::format("{} ran under software emulation (tcg)", claim_.target);
    }
    return {};
  }

  /// The places the claim is about; "" alone where it names no workload.
  [[nodiscard]] std::vector<std::string> workloads() const {
    if (claim_.workloads.empty()) return {""};
    std::vector<std::string> names;
    for (const auto& name : run_.measurements.workloads()) {
      if (matches_any(claim_.workloads, name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] std::vector<Paired> values(const std::string& workload, const std::string& on,
                                           bool control, std::size_t kind) const {
    const auto& measured = run_.measurements;
    if (workload.empty()) return measured.over_all_workloads(on, control, kind);
    std::vector<Paired> list;
    if (const auto* const cell = measured.cell(workload, on, control)) cell->append_to(list, kind);
    return list;
  }

  [[nodiscard]] Source source(const std::string& workload, std::size_t kind, double factor) const {
    Source source;
    const auto better = run_.measurements.kinds()[kind].better;
    const auto own = values(workload, claim_.target, false, kind);
    const auto& arms = run_.head.header.baseline;
    auto noise = paired_sample(values(workload, arms, true, kind),
                               values(workload, arms, false, kind), better);
    if (noise.usable()) source.noise = std::move(noise);
    if (claim_.kind == Kind::kAbsolute) {
      for (const auto& one : own) source.values.push_back(one.value * factor);
      if (own.empty()) source.why = "no good trial measured it";
      return source;
    }
    const auto base = values(workload, claim_.baseline, false, kind);
    if (claim_.kind == Kind::kRatio) {
      source.ratio = paired_sample(own, base, better);
      source.why = source.ratio.why;
      return source;
    }
    const auto matched = match(own, base);
    for (std::size_t i = 0; i < matched.pairs.size(); ++i) {
      source.values.push_back((matched.first[i] - matched.second[i]) * factor);
    }
    if (source.values.empty()) source.why = "no block has a good trial of both";
    return source;
  }

  [[nodiscard]] Estimate estimate(const Source& source, double one_sided) const {
    const double two_sided = 2 * one_sided - 1;
    switch (claim_.kind) {
      case Kind::kRatio:
        return source.ratio.ratio(two_sided);
      case Kind::kDifference:
        return hodges_lehmann(source.values, two_sided);
      default:
        return quantile_with_interval(source.values, claim_.quantile, two_sided);
    }
  }

  [[nodiscard]] bool holds(const Interval& interval) const {
    switch (claim_.relation) {
      case Relation::kAtMost:
        return interval.high <= claim_.bound;
      case Relation::kAtLeast:
        return interval.low >= claim_.bound;
      default:
        return interval.low >= 1 / (1 + claim_.bound) && interval.high <= 1 + claim_.bound;
    }
  }
  [[nodiscard]] bool fails(const Interval& interval) const {
    switch (claim_.relation) {
      case Relation::kAtMost:
        return interval.low > claim_.bound;
      case Relation::kAtLeast:
        return interval.high < claim_.bound;
      default:
        return interval.high < 1 / (1 + claim_.bound) || interval.low > 1 + claim_.bound;
    }
  }

  /// The width goes down with the square root of the blocks.
  [[nodiscard]] std::optional<std::size_t> more_blocks(const Estimate& found) const {
    const auto scale = [&](double value) {
      return claim_.kind == Kind::kRatio ? std::log(value) : value;
    };
    const double half = (scale(found.interval->high) - scale(found.interval->low)) / 2;
    double distance = std::abs(scale(found.value) - scale(claim_.bound));
    if (claim_.relation == Relation::kWithin) {
      distance = std::abs(std::log1p(claim_.bound) - std::abs(std::log(found.value)));
    }
    const auto n = static_cast<double>(found.count);
    const double needed = n * (half / distance) * (half / distance);
    constexpr double kHopeless = 1e6;
    if (!(needed < kHopeless)) return std::nullopt;
    return static_cast<std::size_t>(std::max(1.0, std::ceil(needed - n)));
  }

  ClaimRow row(const std::string& workload, const std::string& metric, bool decides,
               std::size_t rows) const {
    ClaimRow row;
    row.workload = workload;
    row.measured = metric;
    row.decides = decides;
    row.unit = claim_.kind == Kind::kRatio ? "x" : claim_.unit;
    row.bound = claim_.bound;
    const auto& kinds = run_.measurements.kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const MetricKind& one) { return one.name == metric; });
    if (kind == kinds.end()) {
      row.verdict = ClaimVerdict::kNotMeasurable;
      row.why = fmt::format("no trial measured \"{}\"", metric);
      return row;
    }
    const auto factor = conversion(kind->unit, claim_.unit);
    if (claim_.kind != Kind::kRatio && !factor) {
      row.verdict = ClaimVerdict::kNotMeasurable;
      row.why = fmt::format("units don't match: it is measured in \"{}\", the claim is in \"{}\"",
                            kind->unit, claim_.unit);
      return row;
    }
    const auto of =
        source(workload, static_cast<std::size_t>(kind - kinds.begin()), factor.value_or(1));
    judge(of, rows, row);
    return row;
  }

  [[nodiscard]] bool is_disturbed(const std::string& workload) const {
    const auto& kinds = run_.measurements.kinds();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      if (kinds[kind].name != kDisturbedMetric) continue;
      auto marks = values(workload, claim_.target, false, kind);
      if (!claim_.baseline.empty()) {
        const auto others = values(workload, claim_.baseline, false, kind);
        marks.insert(marks.end(), others.begin(), others.end());
      }
      const auto marked =
          std::ranges::count_if(marks, [](const Paired& one) { return one.value > 0; });
      return 2 * static_cast<std::size_t>(marked) > marks.size();
    }
    return false;
  }

  void judge(const Source& of, std::size_t rows, ClaimRow& row) const {
    const auto& differing = run_.head.summary.differing_checksums;
    if (std::find(differing.begin(), differing.end(), row.workload) != differing.end()) {
      row.verdict = ClaimVerdict::kInvalid;
      row.why = "what it computed differs between trials";
      return;
    }
    if (!of.why.empty()) {
      row.why = of.why;
      return;
    }
    if (is_disturbed(row.workload)) {
      row.verdict = ClaimVerdict::kInvalid;
      row.why = "more than half of the trials ran under disturbance (stolen time, changing clock)";
      return;
    }
    row.estimate = estimate(of, 1 - error_);
    const double corrected = 1 - error_ / static_cast<double>(rows);
    if (of.noise) {
      // At 95 % one sound run in twenty would be called spoiled, and with ten claims two in five.
      constexpr double kSpoiled = 0.999;
      const auto noise = of.noise->ratio(kSpoiled).interval;
      if (noise && (noise->low > 1 || noise->high < 1)) {
        row.verdict = ClaimVerdict::kInvalid;
        row.why = fmt::format("the baseline differs from itself: A/A {:.4g} to {:.4g}", noise->low,
                              noise->high);
        return;
      }
    }
    constexpr std::size_t kLeast = 6;
    if (!row.estimate->interval || row.estimate->count < kLeast) {
      row.why = fmt::format("{} values are too few", row.estimate->count);
      row.more_blocks =
          row.estimate->count < kLeast ? std::optional(kLeast - row.estimate->count) : std::nullopt;
      row.estimate->interval.reset();
      return;
    }
    const auto strict = estimate(of, corrected).interval;
    if (holds(*row.estimate->interval)) {
      row.verdict = ClaimVerdict::kSupported;
    } else if (strict && fails(*strict)) {
      row.verdict = ClaimVerdict::kRefuted;
    } else {
      row.why = "the interval holds the bound";
      row.more_blocks = more_blocks(*row.estimate);
    }
  }

  /// Of all rows that decide: what spoils the run, then one that refutes, then one that leaves it
  /// open.
  static void conclude(CheckedClaim& checked) {
    checked.verdict = ClaimVerdict::kSupported;
    for (const auto verdict : {ClaimVerdict::kUndecided, ClaimVerdict::kNotMeasurable,
                               ClaimVerdict::kRefuted, ClaimVerdict::kInvalid}) {
      for (const auto& row : checked.rows) {
        if (!row.decides || row.verdict != verdict) continue;
        checked.verdict = verdict;
        checked.why = row.why;
        break;
      }
    }
  }

  const Claim& claim_;
  const MeasuredRun& run_;
  double error_;  ///< one-sided, that one look may take
};

using Times = std::vector<std::pair<Stamp, Stamp>>;

Times times_in(const std::vector<ClaimFile>& files) {
  Times times;
  for (const auto& file : files) {
    for (const auto& claim : file.claims) {
      for (const auto from : claim.from) times.emplace_back(from, *claim.to);
    }
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

void add_with_times(const Times& times, const Trial& trial, MeasuredRun& run) {
  if (times.empty()) return run.measurements.add(trial);
  auto with_times = trial;
  for (const auto& [from, to] : times) {
    if (const auto time = trial.stamps.between(from, to)) {
      with_times.metrics.push_back(
          {time_between(from, to), static_cast<double>(time->count()), "ns", Better::kLower});
    }
  }
  run.measurements.add(with_times);
}

}  // namespace

std::string_view name_of(ClaimVerdict verdict) {
  constexpr std::array<std::string_view, 5> kNames{"supported", "refuted", "undecided", "invalid",
                                                   "not measurable here"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

MeasuredRun read_for_claims(const std::filesystem::path& result,
                            const std::vector<ClaimFile>& files) {
  std::vector<std::string> metrics;
  for (const auto& file : files) {
    for (const auto& claim : file.claims) {
      if (!claim.metric.empty()) metrics.push_back(claim.metric);
    }
  }
  const auto times = times_in(files);
  for (const auto& [from, to] : times) metrics.push_back(time_between(from, to));
  if (metrics.empty()) metrics.emplace_back("real_time");
  metrics.emplace_back(kDisturbedMetric);
  MeasuredRun run{{}, Measurements(std::move(metrics))};
  run.head = read_result(result, [&](const Trial& trial) { add_with_times(times, trial, run); });
  return run;
}

void add_for_claims(const std::vector<ClaimFile>& files, const Trial& trial, MeasuredRun& run) {
  add_with_times(times_in(files), trial, run);
}

std::vector<CheckedClaim> check_claims(const ClaimFile& file, const MeasuredRun& run,
                                       double share) {
  std::vector<CheckedClaim> checked;
  for (const auto& claim : file.claims) checked.push_back(Checker(claim, run, share).check());
  return checked;
}

std::vector<HeldClaims> hold_claims(std::vector<ClaimFile> files, const MeasuredRun& run,
                                    double share) {
  std::vector<HeldClaims> held;
  for (auto& file : files) {
    auto checked = check_claims(file, run, share);
    held.push_back({std::move(file), std::move(checked)});
  }
  return held;
}

}  // namespace strata::results
