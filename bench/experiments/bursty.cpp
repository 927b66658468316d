// Invocations that arrive when they arrive, whether or not the platform keeps up: how long they
// take from the moment they were meant to be sent, how many meet no warm sandbox, how many are
// refused, and what it all costs beside an instance that is always on.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/duration_text.h"
#include "bench/experiments/arrivals.h"
#include "bench/experiments/experiment.h"
#include "bench/experiments/metric_table.h"
#include "bench/experiments/metrics.h"
#include "bench/experiments/prices.h"
#include "bench/limits.h"
#include "drivers/function_platform.h"
#include "results/statistics.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

using drivers::EndedInvocation;

constexpr std::array<ParameterSpec, 8> kParameters{
    {{"arrivals", "poisson,on-off,step",
      "poisson, on-off, step or trace; a list makes a workload each", true},
     {"rate", "80", "invocations a second: on average, and after the step"},
     {"duration", "10s", "for how long invocations arrive"},
     {"period", "2s", "of on-off: half of it busy, half of it quiet"},
     {"work", "20ms", "what an invocation takes inside the function, which waits for so long"},
     {"trace", "", "a CSV file whose first column says when invocations arrive, in seconds"},
     {"limit", "0",
      "sandboxes at a time; beyond, invocations are refused; 0: the platform's own limit"},
     {"prices", "aws", "a price table: a built-in one, or a TOML file"}}};

constexpr auto kAnswerLimit = std::chrono::seconds(60);
/// So many answers does a 99th percentile need: one-sided, 95 %.
constexpr std::size_t kLeastForP99 = 299;

struct Load {
  std::string shape;
  double rate = 0;
  Duration length{};
  Duration period{};
  Duration work{};
  std::string trace;
  std::optional<std::uint32_t> limit;
};

Duration duration_of(const Parameters& parameters, const std::string& name) {
  const auto values = growing_durations(parameters, name);
  if (values.size() == 1) return values.front();
  throw UsageError(fmt::format("read {}", name), "it is a list", "name one duration");
}

Load load_of(const Parameters& parameters) {
  constexpr std::uint64_t kMostSandboxes = 100'000;
  Load load;
  load.shape = parameters.at("arrivals");
  load.rate = positive_number(parameters, "rate");
  load.length = duration_of(parameters, "duration");
  load.period = duration_of(parameters, "period");
  load.work = duration_of(parameters, "work");
  load.trace = parameters.at("trace");
  const auto limit = whole_number(parameters, "limit", 0, kMostSandboxes);
  if (limit > 0) load.limit = static_cast<std::uint32_t>(limit);
  return load;
}

void check(const Parameters& parameters) {
  const auto load = load_of(parameters);
  const std::array<std::string, 4> shapes{"poisson", "on-off", "step", "trace"};
  if (std::find(shapes.begin(), shapes.end(), load.shape) == shapes.end()) {
    throw UsageError("read arrivals", fmt::format("\"{}\" is none", load.shape),
                     suggest(load.shape, shapes));
  }
  if ((load.shape == "trace") != !load.trace.empty()) {
    throw UsageError("read arrivals",
                     load.trace.empty() ? "there is no trace to follow" : "the trace is not used",
                     "arrivals = \"trace\" and trace = \"FILE.csv\" go together");
  }
  constexpr double kMost = 1e6;
  const double expected = load.rate * std::chrono::duration<double>(load.length).count();
  if (load.shape != "trace" && (expected < 2 * kLeastForP99 || expected > kMost)) {
    throw UsageError("read rate and duration",
                     fmt::format("{} a second for {} are about {:.0f} invocations", load.rate,
                                 format_duration(load.length), expected),
                     fmt::format("a 99th percentile needs {} answers; a million are the most",
                                 2 * kLeastForP99));
  }
  load_prices(parameters.at("prices"));
}

Arrivals arrivals_of(const Load& load, std::uint64_t seed) {
  if (load.shape == "poisson") return poisson_arrivals(load.rate, load.length, seed);
  if (load.shape == "step") return step_arrivals(load.rate, load.length, seed);
  if (load.shape == "on-off") return on_off_arrivals(load.rate, load.length, load.period, seed);
  std::ifstream file(load.trace, std::ios::binary);
  const std::string csv{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw UsageError("read the trace " + load.trace, "it can't be read");
  return trace_arrivals(csv, load.trace, load.length);
}

/// What became of a load.
struct Observed {
  std::vector<Duration> latencies;  ///< from the intended moment, of good answers
  std::vector<Duration> inits;
  Duration latest_send{};  ///< how late, at most, an invocation was sent
  std::size_t good = 0;
  std::size_t cold = 0;
  std::size_t throttled = 0;
  std::size_t failed = 0;
  std::size_t billed = 0;
  double billed_seconds = 0;
  Failure first_failure;
};

void observe(const EndedInvocation& one, TimePoint intended, Observed& observed) {
  observed.latest_send = std::max(observed.latest_send, Duration(one.sent - intended));
  if (one.billed) {
    ++observed.billed;
    observed.billed_seconds += std::chrono::duration<double>(*one.billed).count();
  }
  switch (one.end) {
    case EndedInvocation::End::kThrottled:
      ++observed.throttled;
      return;
    case EndedInvocation::End::kFailed:
      if (observed.failed++ == 0) observed.first_failure = one.failure;
      return;
    case EndedInvocation::End::kGood:
      break;
  }
  ++observed.good;
  if (one.is_cold) ++observed.cold;
  if (one.init) observed.inits.push_back(*one.init);
  observed.latencies.push_back(one.answered - intended);
}

/// Sends each invocation at its moment, whatever became of those before it.
Observed drive(const Stage& stage, drivers::Deployment& deployment, const Load& load,
               const Arrivals& arrivals) {
  Observed observed;
  const auto begin = stage.clock.now();
  const auto end = Deadline(stage.clock, begin + arrivals.back() + kAnswerLimit);
  std::size_t next = 0;
  while (next < arrivals.size() || deployment.under_way() > 0) {
    while (next < arrivals.size() && begin + arrivals[next] <= stage.clock.now()) {
      deployment.begin(next, load.work, kAnswerLimit);
      ++next;
    }
    const auto until = next < arrivals.size() ? begin + arrivals[next] : end.at();
    for (const auto& one : deployment.wait(until)) {
      observe(one, begin + arrivals.at(one.id), observed);
    }
    if (end.expired() && deployment.under_way() > 0) {
      throw DeadlineExceeded("invoke functions as they arrive",
                             fmt::format("{} of {} were not answered within a minute",
                                         deployment.under_way(), arrivals.size()));
    }
  }
  return observed;
}

/// As far as there are enough for it.
void add_percentiles(Trial& trial, const char* name, const std::vector<Duration>& durations) {
  std::vector<double> values;
  values.reserve(durations.size());
  for (const auto duration : durations) values.push_back(static_cast<double>(duration.count()));
  for (const auto& [suffix, share] : {std::pair("p50", 0.5), {"p90", 0.9}, {"p99", 0.99}}) {
    if (const auto value = results::supported_percentile(values, share)) {
      add_time(trial, fmt::format("{}_{}", name, suffix),
               Duration(static_cast<Duration::rep>(*value)));
    }
  }
  if (!durations.empty()) {
    add_time(trial, fmt::format("{}_max", name),
             *std::max_element(durations.begin(), durations.end()));
  }
}

void add_cost(Trial& trial, const Observed& observed, const Load& load, Bytes memory,
              Duration length, const Prices& prices) {
  // Only what the platform itself says is billed; a client's own time is no bill.
  if (observed.billed == 0) return;
  constexpr double kMegabyte = 1U << 20U;
  constexpr double kMegabytesAGigabyte = 1024;
  const double megabytes = static_cast<double>(memory.count) / kMegabyte;
  const double gb_seconds = observed.billed_seconds * megabytes / kMegabytesAGigabyte;
  add_count(trial, "gb_seconds", gb_seconds);
  const auto cost = cost_of(prices, static_cast<double>(observed.billed), gb_seconds, length,
                            megabytes, load.work);
  constexpr double kMillion = 1e6;
  const double seconds = std::chrono::duration<double>(length).count();
  add_count(trial, "cost_per_million",
            cost.per_second * seconds / static_cast<double>(observed.billed) * kMillion);
  add_ratio(trial, "cost_over_always_on", cost.always_on_ratio);
  add_ratio(trial, "break_even_utilisation", cost.break_even_utilisation);
}

void carry_out(const Stage& stage, Trial& trial) {
  const auto& parameters = stage.workload.parameters;
  const auto load = load_of(parameters);
  const auto prices = load_prices(parameters.at("prices"));
  auto* const platform = dynamic_cast<drivers::FunctionPlatform*>(&stage.driver(0));
  if (platform == nullptr) {
    throw Error(fmt::format("deploy a function on {}", trial.target),
                "its driver starts no instances by itself",
                "run bursty on targets of the driver faas");
  }
  // The same arrivals for every target of a block.
  const auto arrivals = arrivals_of(load, stage.definition.seed + trial.block);
  const auto deployment =
      platform->deploy(stage.prepared, load.limit, Deadline::after(stage.clock, kStartLimit));
  const auto observed = drive(stage, *deployment, load, arrivals);
  const auto sent = static_cast<double>(arrivals.size());
  const auto length = std::max(arrivals.back(), Duration(1));
  add_percentiles(trial, "latency", observed.latencies);
  add_percentiles(trial, "init", observed.inits);
  add_count(trial, "invocations", sent);
  add_ratio(trial, "throttle_rate", static_cast<double>(observed.throttled) / sent);
  add_time(trial, "latest_send", observed.latest_send);
  if (observed.good > 0) {
    add_ratio(trial, "cold_start_rate",
              static_cast<double>(observed.cold) / static_cast<double>(observed.good));
  }
  add_cost(trial, observed, load, deployment->memory(), length, prices);
  deployment->remove(Deadline::after(stage.clock, kStopLimit));
  if (observed.failed > 0) {
    throw Error("invoke functions as they arrive",
                fmt::format("{} of {} failed, the first: {}", observed.failed, arrivals.size(),
                            to_string(observed.first_failure)));
  }
  if (observed.good < kLeastForP99) {
    throw Error(
        "find the 99th percentile of latencies",
        fmt::format("there are {} good answers, and it needs {}", observed.good, kLeastForP99),
        "let more arrive, or raise the limit");
  }
}

std::string tables(const Shown& shown) {
  std::string text;
  for (const auto& workload : shown.workloads) {
    const auto row = [&](const char* label, const char* metric) {
      return MetricRow{label, workload.name, metric};
    };
    text += metric_table(shown.head, workload.name,
                         {row("latency p50", "latency_p50"), row("latency p99", "latency_p99"),
                          row("cold starts", "cold_start_rate"), row("refused", "throttle_rate"),
                          row("cost of a million", "cost_per_million"),
                          row("cost, always on = 1", "cost_over_always_on"),
                          row("break-even utilisation", "break_even_utilisation")},
                         shown.colour);
  }
  return text;
}

}  // namespace

const Experiment kBurstyExperiment{
    .name = "bursty",
    .summary = "functions invoked as requests arrive: latency, cold starts, refusals, cost",
    .parameters = kParameters,
    .metric = "latency_p99",
    .check = check,
    .carry_out = carry_out,
    .tables = tables,
};

}  // namespace strata::bench
