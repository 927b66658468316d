// A victim alone, beside a noisy neighbour in another instance of the same target, and beside one
// that is held by limits: by what factor does its headline metric get worse?
//
// In each trial, in one instance: a run that is not counted (it tells how long the neighbour has to
// be noisy), alone, the two with a neighbour in an order that changes from block to block, alone
// again. What is called alone is the geometric mean of the two, so that drift cancels out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "bench/columns.h"
#include "bench/duration_text.h"
#include "bench/estimate_text.h"
#include "bench/experiments/experiment.h"
#include "bench/experiments/metrics.h"
#include "bench/limits.h"
#include "bench/numbers.h"
#include "bench/program_run.h"
#include "results/comparison.h"
#include "results/comparison_sample.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr std::array<ParameterSpec, 6> kParameters{
    {{"victim", "os/pipe_round_trip,memory/pointer_chase/64MiB", "workload that suffers", true},
     {"neighbour", "cpu,memory,disk,fork", "what its neighbour uses up", true},
     {"min_time", "100ms", "time the victim measures for, at least"},
     {"limit_cpus", "0.5", "CPU time per time that a neighbour held by limits gets"},
     {"limit_memory", "512MiB", "its memory"},
     {"limit_processes", "64", "its processes and threads"}}};

/// How long the neighbour is noisy before the victim begins, and how many runs of the victim it is
/// noisy for; doubled if that was too short.
constexpr auto kLeastLead = std::chrono::milliseconds(300);
constexpr int kFirstMargin = 3;
constexpr int kMostMargin = 48;

drivers::Limits limits_of(const Parameters& parameters) {
  constexpr std::uint64_t kMostProcesses = 100'000;
  drivers::Limits limits;
  limits.cpus = positive_number(parameters, "limit_cpus");
  limits.memory = memory_amount(parameters, "limit_memory", mebibytes(1024));
  limits.processes =
      static_cast<std::uint32_t>(whole_number(parameters, "limit_processes", 1, kMostProcesses));
  return limits;
}

void check(const Parameters& parameters) {
  constexpr std::array<std::string_view, 4> kKinds{"cpu", "memory", "disk", "fork"};
  const auto& kind = parameters.at("neighbour");
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    throw UsageError(fmt::format("read parameter neighbour = \"{}\"", kind),
                     "there is no such neighbour",
                     fmt::format("give one of {}", fmt::join(kKinds, ", ")));
  }
  parse_duration(parameters.at("min_time"), "parameter min_time");
  limits_of(parameters);
}

/// What a neighbour got done.
struct Noise {
  double per_second = 0;
  TimePoint until;  ///< it was noisy until then at least
};

/// An instance that is noisy for a given time. Destruction waits until it has done with it.
class Neighbour {
 public:
  /// Starts it, and returns when it has been told to be noisy.
  Neighbour(const Stage& stage, const drivers::Limits& limits, Duration noisy)
      : stage_(stage),
        instance_(stage.driver(1).start(stage.prepared, limits,
                                        Deadline::after(stage.clock, kStartLimit))) {
    job_.argv = stage.bundle.command;
    const double seconds = std::chrono::duration<double>(noisy).count();
    job_.argv.insert(job_.argv.end(), {"--noise", stage.workload.parameters.at("neighbour"),
                                       "--seconds", fmt::format("{:.3f}", seconds)});
    constexpr int kOverrun = 2;  // one that is held by limits takes longer to notice the time
    job_.time_limit = noisy * kOverrun + kAnswerGrace;
    told_ = stage.clock.now();
    thread_ = std::jthread([this] { run(); });
  }

  /// Waits for its end and stops the instance. Throws Error if it made no noise.
  Noise finish() {
    thread_.join();
    if (failure_) throw Error(*failure_);
    instance_->stop(Deadline::after(stage_.clock, kStopLimit));
    const auto json = nlohmann::json::parse(outcome_.output, nullptr, false);
    const auto tried = fmt::format("make noise ({})", stage_.workload.parameters.at("neighbour"));
    if (!outcome_.succeeded() || !json.is_object() || !json.contains("rounds") ||
        !json["rounds"].is_number()) {
      throw Error(tried, fmt::format("the neighbour ended with code {}; it said: {}{}",
                                     outcome_.exit_code, outcome_.error_output, outcome_.output));
    }
    const auto rounds = json["rounds"].get<double>();
    const double seconds = std::chrono::duration<double>(outcome_.wall).count();
    if (!(rounds > 0) || !(seconds > 0)) throw Error(tried, "the neighbour got nothing done");
    // By the agent's own clock, from when it began: it was told a moment earlier.
    return {rounds / seconds, told_ + outcome_.wall};
  }

 private:
  void run() noexcept try {
    outcome_ = instance_->run(job_, Deadline::after(stage_.clock, job_.time_limit + kAnswerGrace));
  } catch (const Error& error) {
    failure_ = error.failure();
  } catch (const std::exception& error) {
    failure_ = Failure{"make noise", error.what(), {}};
  }

  const Stage& stage_;
  std::unique_ptr<drivers::Instance> instance_;
  drivers::Job job_;
  drivers::Outcome outcome_;
  std::optional<Failure> failure_;
  TimePoint told_;
  std::jthread thread_;
};

/// The victim and its runs.
class Victim {
 public:
  explicit Victim(const Stage& stage)
      : stage_(stage),
        job_(make_job(stage.definition, stage.workload, stage.bundle)),
        instance_(
            stage.driver(0).start(stage.prepared, {}, Deadline::after(stage.clock, kStartLimit))) {
    const auto began = stage.clock.now();
    run();
    wall_ = stage.clock.now() - began;
  }

  /// Its headline metric of one run.
  Metric run() {
    Trial once;
    read_outcome(
        stage_.definition, stage_.workload,
        instance_->run(job_, Deadline::after(stage_.clock, job_.time_limit + kAnswerGrace)), once);
    checksum = once.checksum;
    const auto& name = stage_.workload.parameters.at("victim_metric");
    const auto* const metric = once.metric(name);
    if (metric == nullptr || !(metric->value > 0)) {
      throw Error(fmt::format("run {}", stage_.workload.benchmark),
                  fmt::format("it said nothing of its {}", name));
    }
    return *metric;
  }

  /// Its headline metric beside a neighbour that was noisy from before its beginning until after
  /// its end.
  std::pair<Metric, Noise> run_beside(const drivers::Limits& limits) {
    for (int margin = kFirstMargin; margin <= kMostMargin; margin *= 2) {
      const auto lead = std::max<Duration>(kLeastLead, wall_);
      Neighbour neighbour(stage_, limits, lead + margin * wall_);
      stage_.clock.sleep_until(stage_.clock.now() + lead);
      auto metric = run();
      const auto ended = stage_.clock.now();
      const auto noise = neighbour.finish();
      if (noise.until >= ended) return {std::move(metric), noise};
    }
    throw Error(fmt::format("run {} beside a neighbour", stage_.workload.benchmark),
                fmt::format("it takes more than {} times as long as alone", kMostMargin),
                "choose a shorter victim, or a shorter --set min_time=…");
  }

  void stop() { instance_->stop(Deadline::after(stage_.clock, kStopLimit)); }

  std::optional<std::string> checksum;

 private:
  const Stage& stage_;
  drivers::Job job_;
  std::unique_ptr<drivers::Instance> instance_;
  Duration wall_{};  ///< of a whole run
};

double cost_ratio(const Metric& loaded, double alone) {
  return loaded.better == Better::kLower ? loaded.value / alone : alone / loaded.value;
}

/// With limits, unless the target can't be given any.
std::optional<std::pair<Metric, Noise>> run_limited(Victim& victim, const drivers::Limits& limits) {
  try {
    return victim.run_beside(limits);
  } catch (const UsageError&) {
    return std::nullopt;  // a bare process, for one: said in the README of this folder
  }
}

void carry_out(const Stage& stage, Trial& trial) {
  Victim victim(stage);
  const auto before = victim.run();
  std::optional<std::pair<Metric, Noise>> beside;
  std::optional<std::pair<Metric, Noise>> limited;
  const auto limits = limits_of(stage.workload.parameters);
  const bool limited_first = trial.block % 2 == 1;
  if (limited_first) limited = run_limited(victim, limits);
  beside = victim.run_beside({});
  if (!limited_first) limited = run_limited(victim, limits);
  const auto after = victim.run();
  trial.checksum = victim.checksum;

  auto alone = before;
  alone.name = "alone";
  alone.value = std::sqrt(before.value * after.value);
  trial.metrics.push_back(alone);
  const auto add = [&](const std::pair<Metric, Noise>& loaded, const char* name,
                       const char* ratio) {
    auto metric = loaded.first;
    metric.name = name;
    trial.metrics.push_back(metric);
    add_ratio(trial, ratio, cost_ratio(metric, alone.value));
    add_rate(trial, fmt::format("neighbour_{}", name), loaded.second.per_second);
  };
  add(*beside, "beside", "slowdown");
  if (limited) add(*limited, "limited", "slowdown_limited");
  victim.stop();
}

/// "1.84x [1.71, 2.02]" of a cell's metric against `alone` of the same trials.
std::string against_alone(const results::Measurements& measured, const std::string& workload,
                          const std::string& target, std::string_view metric) {
  const auto* const cell = measured.cell(workload, target);
  if (cell == nullptr) return "-";
  std::vector<results::Paired> alone;
  std::vector<results::Paired> loaded;
  auto better = Better::kLower;
  for (const auto& column : cell->columns()) {
    const auto& kind = measured.kinds()[column.kind];
    if (kind.name == "alone") cell->append_to(alone, column.kind);
    if (kind.name != metric) continue;
    cell->append_to(loaded, column.kind);
    better = kind.better;
  }
  const auto sample = results::paired_sample(loaded, alone, better);
  if (!sample.usable()) return "-";
  constexpr double kConfidence = 0.95;
  const auto ratio = sample.ratio(kConfidence);
  if (!ratio.interval) return fmt::format("{}x", format_significant(ratio.value));
  return fmt::format("{}x {}", format_significant(ratio.value), interval_text(*ratio.interval));
}

std::string tables(const Shown& shown) {
  const auto run = results::read_measurements(shown.result_file, {"alone", "beside", "limited"});
  std::vector<std::vector<ColumnText>> lines{{{"cost beside a neighbour", ""}, {"", ""}}};
  for (const auto& target : shown.head.header.targets) lines[0].push_back({target.name, ""});
  for (const auto& workload : shown.workloads) {
    for (const auto& [label, metric] : {std::pair("", "beside"), std::pair("limits", "limited")}) {
      std::vector<ColumnText> line{
          {*label == '\0' ? workload.parameters.at("victim") : std::string(), ""},
          {fmt::format("{} {}", workload.parameters.at("neighbour"), label), ""}};
      for (const auto& target : shown.head.header.targets) {
        line.push_back({against_alone(run.measurements, workload.name, target.name, metric), ""});
      }
      const auto is_empty = [](const ColumnText& cell) { return cell.text == "-"; };
      if (!std::all_of(line.begin() + 2, line.end(), is_empty)) lines.push_back(std::move(line));
    }
  }
  return "\n" + lay_out(lines, shown.colour) +
         "over the cost alone, in the same trials, with its 95 % interval; limits: the neighbour "
         "is "
         "held by them\n";
}

}  // namespace

const Experiment kInterferenceExperiment{
    .name = "interference",
    .summary = "a victim beside a noisy neighbour, free and held by limits, against alone",
    .parameters = kParameters,
    .program = Experiment::Program::kWorkloads,
    .metric = "slowdown",
    .check = check,
    .carry_out = carry_out,
    .tables = tables,
};

}  // namespace strata::bench
