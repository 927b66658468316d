#include "drivers/faas/emulator/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace strata::drivers::faas::emulator {
namespace {

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

class Exposition {
 public:
  void family(const char* name, const char* type, const char* unit, const char* help) {
    put("# TYPE strata_faas_{} {}\n", name, type);
    if (*unit != '\0') put("# UNIT strata_faas_{} {}\n", name, unit);
    put("# HELP strata_faas_{} {}\n", name, help);
  }
  template <typename... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }
  std::string finish() { return std::move(text_) + "# EOF\n"; }

 private:
  std::string text_;
};

}  // namespace

void FunctionMetrics::add(const Report& report, bool failed) {
  const auto took = seconds(report.duration);
  ++invocations;
  if (failed) ++errors;
  if (report.status == "timeout") ++timeouts;
  if (report.init) {
    ++cold_starts;
    init_seconds += seconds(*report.init);
  }
  duration_seconds += took;
  gb_seconds += report.gb_seconds();
  const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), took);
  ++buckets[static_cast<std::size_t>(bound - kBounds.begin())];
}

std::string openmetrics(const std::map<std::string, FunctionMetrics>& functions,
                        const PlatformGauges& gauges) {
  Exposition out;
  const auto counter = [&](const char* name, const char* unit, const char* help, auto value) {
    out.family(name, "counter", unit, help);
    for (const auto& [function, metrics] : functions) {
      out.put("strata_faas_{}_total{{function=\"{}\"}} {}\n", name, function, value(metrics));
    }
  };
  counter("invocations", "", "Invocations that a sandbox took.",
          [](const auto& m) { return m.invocations; });
  counter("errors", "", "Invocations that ended with a function error.",
          [](const auto& m) { return m.errors; });
  counter("timeouts", "", "Invocations whose time was up.",
          [](const auto& m) { return m.timeouts; });
  counter("throttles", "", "Invocations refused at a limit.",
          [](const auto& m) { return m.throttles; });
  counter("cold_starts", "", "Invocations that a sandbox was started for.",
          [](const auto& m) { return m.cold_starts; });
  counter("init_seconds", "seconds", "Time that cold starts took.",
          [](const auto& m) { return m.init_seconds; });
  counter("gb_seconds", "seconds", "Billed time by memory size, in GB-seconds.",
          [](const auto& m) { return m.gb_seconds; });
  out.family("duration_seconds", "histogram", "seconds", "Durations of invocations.");
  for (const auto& [function, metrics] : functions) {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < metrics.buckets.size(); ++i) {
      cumulative += metrics.buckets[i];
      const auto bound = i < FunctionMetrics::kBounds.size()
                             ? fmt::format("{}", FunctionMetrics::kBounds[i])
                             : std::string("+Inf");
      out.put("strata_faas_duration_seconds_bucket{{function=\"{}\",le=\"{}\"}} {}\n", function,
              bound, cumulative);
    }
    out.put("strata_faas_duration_seconds_count{{function=\"{}\"}} {}\n", function, cumulative);
    out.put("strata_faas_duration_seconds_sum{{function=\"{}\"}} {}\n", function,
            metrics.duration_seconds);
  }
  const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    out.family(name, "gauge", "", help);
    out.put("strata_faas_{} {}\n", name, value);
  };
  gauge("sandboxes", "Sandboxes alive, in whatever state.", gauges.sandboxes);
  gauge("idle_sandboxes", "Sandboxes that wait for an invocation.", gauges.idle);
  gauge("concurrency", "Invocations in flight.", gauges.in_flight);
  gauge("concurrency_limit", "The account's limit.", gauges.limit);
  gauge("queued_events", "Event invocations that are not done.", gauges.queued_events);
  out.family("sandbox_starts", "counter", "", "Sandboxes that were started.");
  out.put("strata_faas_sandbox_starts_total {}\n", gauges.started);
  out.family("failed_sandbox_starts", "counter", "",
             "Sandboxes that ended before their first event.");
  out.put("strata_faas_failed_sandbox_starts_total {}\n", gauges.failed_starts);
  return out.finish();
}

}  // namespace strata::drivers::faas::emulator
