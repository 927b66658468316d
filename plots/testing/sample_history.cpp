#include "plots/testing/sample_history.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "results/history/history.h"
#include "results/history/night.h"

namespace strata::plots::testing {
namespace {

constexpr std::int64_t kFirstNight = 1767225600;  // 2026-01-01T00:00:00Z
constexpr std::int64_t kDay = 86400;

results::Night::Point point_of(const std::string& workload, const std::string& environment,
                               double value) {
  results::Night::Point point;
  point.series.workload = workload;
  point.series.target = "docker";
  point.series.metric = workload.empty() ? "startup" : "real_time";
  point.series.unit = "ns";
  point.series.baseline = "process";
  point.series.environment = environment;
  point.point.value = value;
  point.point.interval = results::Interval{value * 0.99, value * 1.01};
  point.point.median = value * 1000;
  point.point.trials = 20;
  point.point.noise_floor = 0.01;
  return point;
}

}  // namespace

void write_sample_history(const std::filesystem::path& file, std::size_t nights,
                          std::size_t cells) {
  auto history = results::History::open(file, results::History::Access::kWrite);
  for (std::size_t night = 0; night < nights; ++night) {
    results::Night record;
    const auto place = kFirstNight + static_cast<std::int64_t>(night) * kDay;
    record.run.run_id = fmt::format("{:016x}", night + 1);
    record.run.started_utc = results::utc_of_seconds(place);
    record.run.place = place;
    record.run.suite = "standard";
    record.run.strata_version = "0.1.0";
    const std::string environment = night < nights / 3 ? "aaaa1111" : "bbbb2222";
    record.run.environment = environment;
    record.environments[environment] = {
        {"host.cpu.model", environment == "aaaa1111" ? "one CPU" : "another"}};
    for (std::size_t cell = 0; cell <= cells; ++cell) {
      const auto workload =
          cell == 0 ? std::string() : fmt::format("group{}/cell{}", cell % 10, cell);
      // A fixed wobble, different for each cell.
      const double wobble = 0.004 * std::sin(static_cast<double>(night * 37 + cell * 11));
      const double level = cell == 0 ? 210 : 1.1;
      const bool stepped = cell == 2 && night >= 2 * nights / 3;
      record.points.push_back(
          point_of(workload, environment, level * (1 + wobble) * (stepped ? 1.15 : 1)));
    }
    history.add(record, true);
  }
}

}  // namespace strata::plots::testing
