// How often Strata's verdicts are wrong, simulated with the noise of real A/A runs, and how long
// they take over five years of nights. Prints the tables of results/README.md:
//
//     verdicts_benchmark false-alarms | power | coverage | speed | all

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/math/distributions/students_t.hpp>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <numbers>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "results/history/history.h"
#include "results/history/night.h"
#include "results/history/night_finding.h"
#include "results/on_all_cpus.h"
#include "results/statistics.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

constexpr std::uint64_t kSeed = 20260301;
constexpr std::size_t kNightBlocks = 24;
constexpr std::size_t kAgainBlocks = 96;
constexpr std::size_t kCells = 200;
constexpr std::size_t kNights = 365;
constexpr double kNightsAMonth = 365.0 / 12;

/// Log ratios of an A/A run, block by block: a column for each workload's headline metric, and one
/// for the startup in each workload's trials.
struct Noise {
  std::vector<std::vector<double>> workloads;
  std::vector<std::vector<double>> startups;

  /// Workloads, and startup over all of them.
  [[nodiscard]] std::size_t kinds() const { return workloads.size() + 1; }
};

Noise read_noise(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && line.starts_with('#')) {
  }
  std::vector<std::string> names;
  std::istringstream head(line);
  for (std::string name; std::getline(head, name, ',');) names.push_back(name);
  std::vector<std::vector<double>> columns(names.size());
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string cell;
    for (auto& column : columns) {
      if (!std::getline(cells, cell, ',')) break;
      column.push_back(std::atof(cell.c_str()));
    }
  }
  Noise noise;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].size() < 50) throw UsageError("read " + path.string(), "too few blocks in it");
    // Both arms are the same: the truth is 0.
    const auto centre = median(columns[i]);
    for (auto& value : columns[i]) value -= centre;
    auto& list = names[i].starts_with("startup ") ? noise.startups : noise.workloads;
    list.push_back(std::move(columns[i]));
  }
  if (noise.workloads.empty() || noise.startups.empty()) {
    throw UsageError("read " + path.string(), "it holds no noise");
  }
  return noise;
}

/// `count` blocks in stretches of six that followed each other when they were recorded, so that
/// what neighbouring blocks have in common stays. Which arm is which is a matter of chance.
void draw_blocks(const std::vector<double>& column, std::size_t count, Random& random,
                 std::vector<double>& out) {
  constexpr std::size_t kStretch = 6;
  for (std::size_t taken = 0; taken < count;) {
    const auto start = random() % column.size();
    const double sign = random() % 2 == 0 ? 1 : -1;
    for (std::size_t i = 0; i < kStretch && taken < count; ++i, ++taken) {
      out.push_back(sign * column[(start + i) % column.size()]);
    }
  }
}

std::vector<double> draw_run(const Noise& noise, std::size_t kind, std::size_t blocks,
                             Random& random) {
  std::vector<double> logs;
  if (kind < noise.workloads.size()) {
    draw_blocks(noise.workloads[kind], blocks, random, logs);
  } else {
    for (const auto& column : noise.startups) draw_blocks(column, blocks, random, logs);
  }
  return logs;
}

/// A cell over many nights. To the noise between blocks, which is recorded, comes what five minutes
/// can't show and nights have.
class Cell {
 public:
  Cell(const Noise& noise, std::size_t kind, std::uint64_t seed)
      : noise_(noise), kind_(kind), random_(seed) {
    phase_ = uniform_(random_) * 2 * std::numbers::pi;
    period_ = 120 + 240 * uniform_(random_);
  }

  /// The blocks of the next night's run; `shift` is what the code costs more since.
  std::vector<double> next_night(double shift) {
    constexpr double kPersistence = 0.7;  // of what one night hands on to the next
    constexpr double kNightly = 0.003;
    constexpr double kDrift = 0.01;
    ++night_;
    level_ = kPersistence * level_ +
             std::sqrt(1 - kPersistence * kPersistence) * kNightly * normal_(random_);
    tonight_ = shift + level_ + kDrift * std::sin(phase_ + 2 * std::numbers::pi * night_ / period_);
    noisy_ = uniform_(random_) < 0.01 ? 3 : 1;
    // One run in thirty-three is off by itself: something else ran beside it.
    double off = 0;
    if (uniform_(random_) < 0.03) {
      off = (uniform_(random_) < 0.5 ? -1 : 1) * 0.05 * -std::log(1 - uniform_(random_));
    }
    return run(kNightBlocks, off);
  }
  /// The same cell run again in the same night.
  Estimate again() { return hodges_lehmann(run(kAgainBlocks, 0)); }

 private:
  std::vector<double> run(std::size_t blocks, double off) {
    auto logs = draw_run(noise_, kind_, blocks, random_);
    for (auto& log : logs) log = log * noisy_ + tonight_ + off;
    return logs;
  }

  const Noise& noise_;
  std::size_t kind_;
  Random random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  double phase_ = 0;
  double period_ = 0;
  double night_ = 0;
  double level_ = 0;
  double tonight_ = 0;
  double noisy_ = 1;
};

/// What one night makes of a cell.
struct Alarms {
  bool suspected = false;
  bool dearer = false;  ///< confirmed
  bool cheaper = false;
  bool threshold = false;  ///< 10 % above the night before
  bool t_test = false;     ///< Welch's t against the night before, one-sided 5 %
};

bool is_above_by_t_test(const std::vector<double>& now, const std::vector<double>& before) {
  const auto moments = [](const std::vector<double>& values) {
    double mean = 0;
    for (const auto value : values) mean += value / static_cast<double>(values.size());
    double squares = 0;
    for (const auto value : values) squares += (value - mean) * (value - mean);
    const auto count = static_cast<double>(values.size());
    return std::pair(mean, squares / (count - 1) / count);
  };
  const auto [mean, error] = moments(now);
  const auto [mean_before, error_before] = moments(before);
  const auto both = error + error_before;
  const auto freedom = both * both /
                       (error * error / static_cast<double>(now.size() - 1) +
                        error_before * error_before / static_cast<double>(before.size() - 1));
  const boost::math::students_t_distribution<double> distribution(freedom);
  return boost::math::cdf(
             boost::math::complement(distribution, (mean - mean_before) / std::sqrt(both))) < 0.05;
}

/// The nights of a cell as History and `strata nightly` see them.
class Watch {
 public:
  Watch(const Noise& noise, std::size_t kind, std::uint64_t seed) : cell_(noise, kind, seed) {}

  Alarms next_night(double shift) {
    Alarms alarms;
    auto blocks = cell_.next_night(shift);
    const auto value = hodges_lehmann(blocks).value;
    if (!last_blocks_.empty()) {
      alarms.threshold = value - last_value_ > std::log(1.1);
      alarms.t_test = is_above_by_t_test(blocks, last_blocks_);
    }
    last_value_ = value;
    last_blocks_ = std::move(blocks);
    logs_.push_back(value);
    const auto finding = strongest_finding(std::span(logs_).last(std::min(logs_.size(), kLooked)));
    alarms.suspected = finding.suspicious;
    if (finding.suspicious && confirms(finding, cell_.again())) {
      (finding.after > finding.before ? alarms.dearer : alarms.cheaper) = true;
      logs_.erase(logs_.begin(), logs_.end() - static_cast<std::ptrdiff_t>(finding.nights));
    }
    return alarms;
  }

 private:
  static constexpr std::size_t kLooked = 120;
  Cell cell_;
  std::vector<double> logs_;  ///< since the last change
  std::vector<double> last_blocks_;
  double last_value_ = 0;
};

void print_false_alarms(const Noise& noise) {
  std::array<std::atomic<std::size_t>, 5> counts{};
  on_all_cpus(
      kCells,
      [&](std::size_t i) {
        Watch watch(noise, i % noise.kinds(), kSeed + i);
        for (std::size_t night = 0; night < kNights; ++night) {
          const auto alarms = watch.next_night(0);
          counts[0] += alarms.dearer ? 1 : 0;
          counts[1] += alarms.cheaper ? 1 : 0;
          counts[2] += alarms.suspected ? 1 : 0;
          counts[3] += alarms.threshold ? 1 : 0;
          counts[4] += alarms.t_test ? 1 : 0;
        }
      },
      1);
  const auto a_month = [&](std::size_t which) {
    return static_cast<double>(counts.at(which)) / static_cast<double>(kNights) * kNightsAMonth;
  };
  fmt::print("false alarms a month over all of {} cells, {} nights without any change\n", kCells,
             kNights);
  fmt::print("  strata, confirmed as dearer     {:8.2f}\n", a_month(0));
  fmt::print("  strata, confirmed as cheaper    {:8.2f}\n", a_month(1));
  fmt::print("  10 % above the night before     {:8.2f}\n", a_month(3));
  fmt::print("  t-test against the night before {:8.2f}\n", a_month(4));
  fmt::print("cells that strata runs again a night: {:.2f} of {}\n",
             static_cast<double>(counts[2]) / static_cast<double>(kNights), kCells);
}

void print_power(const Noise& noise) {
  constexpr std::size_t kTrials = 2000;
  constexpr std::size_t kQuiet = 60;
  fmt::print("slowdowns of one cell that are found, {} of each kind, after {} quiet nights\n",
             kTrials, kQuiet);
  for (const auto& [slowdown, within] :
       std::vector<std::pair<double, std::size_t>>{{0.05, 3}, {0.10, 1}, {0.15, 1}}) {
    // clang 14 refuses to let a lambda have a structured binding.
    const auto shift = slowdown;
    const auto nights = within;
    std::array<std::atomic<std::size_t>, 3> found{};
    on_all_cpus(
        kTrials,
        [&](std::size_t i) {
          Watch watch(noise, i % noise.kinds(), kSeed + 1'000'000 + i);
          for (std::size_t night = 0; night < kQuiet; ++night) watch.next_night(0);
          Alarms any;
          for (std::size_t night = 0; night < nights; ++night) {
            const auto alarms = watch.next_night(std::log1p(shift));
            any.dearer |= alarms.dearer;
            any.threshold |= alarms.threshold;
            any.t_test |= alarms.t_test;
          }
          found[0] += any.dearer ? 1 : 0;
          found[1] += any.threshold ? 1 : 0;
          found[2] += any.t_test ? 1 : 0;
        },
        1);
    const auto share = [&](std::size_t which) {
      return 100 * static_cast<double>(found.at(which)) / static_cast<double>(kTrials);
    };
    fmt::print(
        "  {:2.0f} % within {} night{}: strata {:.1f} %, 10 % threshold {:.1f} %, t-test "
        "{:.1f} %\n",
        shift * 100, nights, nights == 1 ? " " : "s", share(0), share(1), share(2));
  }
}

void print_coverage(const Noise& noise) {
  constexpr std::size_t kRuns = 4200;
  struct Rule {
    const char* name;
    std::size_t least;
    std::size_t most;
    double half_width;  ///< stop once it is that narrow; 0: at `most`
  };
  fmt::print("95 % intervals that hold the truth, of {} runs\n", kRuns);
  for (const auto& rule :
       {Rule{"12 blocks", 12, 12, 0}, Rule{"24 blocks", 24, 24, 0}, Rule{"48 blocks", 48, 48, 0},
        Rule{"12 to 200 blocks, until within 1 %", 12, 200, 0.01}}) {
    std::atomic<std::size_t> held = 0;
    std::atomic<std::size_t> blocks = 0;
    on_all_cpus(
        kRuns,
        [&](std::size_t i) {
          Random random(kSeed + 2'000'000 + i);
          const auto kind = i % noise.workloads.size();
          const auto logs = draw_run(noise, kind, rule.most, random);
          for (auto n = rule.least; n <= rule.most; ++n) {
            const auto interval = *hodges_lehmann(std::span(logs).first(n)).interval;
            const auto half =
                std::max(std::expm1(interval.high - (interval.low + interval.high) / 2), 0.0);
            if (n < rule.most && (rule.half_width == 0 || half > rule.half_width)) continue;
            held += interval.low <= 0 && interval.high >= 0 ? 1 : 0;
            blocks += n;
            break;
          }
        },
        1);
    fmt::print("  {:36} {:.1f} %, {:.0f} blocks in the mean\n", rule.name,
               100 * static_cast<double>(held) / static_cast<double>(kRuns),
               static_cast<double>(blocks) / static_cast<double>(kRuns));
  }
  // A claim whose bound is exactly the truth: whatever says "supported" or "refuted" is wrong.
  constexpr double kAlpha = 0.0221;
  std::atomic<std::size_t> supported = 0;
  std::atomic<std::size_t> refuted = 0;
  std::atomic<std::size_t> peeking = 0;
  on_all_cpus(
      kRuns,
      [&](std::size_t i) {
        Random random(kSeed + 3'000'000 + i);
        const auto logs = draw_run(noise, i % noise.workloads.size(), 48, random);
        for (const std::size_t n : {12UL, 24UL, 48UL}) {
          const auto interval = hodges_lehmann(std::span(logs).first(n), 1 - 2 * kAlpha).interval;
          if (!interval) continue;
          if (interval->high <= 0) {
            ++supported;
            break;
          }
          if (interval->low > 0) {
            ++refuted;
            break;
          }
        }
        for (std::size_t n = 6; n <= 48; ++n) {
          const auto interval = hodges_lehmann(std::span(logs).first(n), 0.9).interval;
          if (interval && interval->high <= 0) {
            ++peeking;
            break;
          }
        }
      },
      1);
  const auto share = [&](const std::atomic<std::size_t>& count) {
    return 100 * static_cast<double>(count) / static_cast<double>(kRuns);
  };
  fmt::print("a claim exactly on its bound, of {} checks\n", kRuns);
  fmt::print("  looks at 12, 24 and 48 blocks: supported {:.1f} %, refuted {:.1f} %\n",
             share(supported), share(refuted));
  fmt::print("  a look after every block:      supported {:.1f} %\n", share(peeking));
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void print_speed() {
  constexpr std::size_t kManyCells = 500;
  constexpr auto kFiveYears = 5 * kNights;
  const auto folder = fs::temp_directory_path() / fmt::format("strata-verdicts-{}", ::getpid());
  fs::create_directories(folder);
  const auto file = folder / "history.db";
  Random random(kSeed);
  std::normal_distribution<double> normal(0, 0.01);
  const auto filled = seconds_of([&] {
    auto history = History::open(file, History::Access::kWrite);
    for (std::size_t number = 0; number < kFiveYears; ++number) {
      Night night;
      night.run.run_id = fmt::format("{:016x}", number);
      night.run.place = static_cast<std::int64_t>(1'700'000'000 + number * 86400);
      night.run.started_utc = utc_of_seconds(night.run.place);
      night.run.suite = "nightly";
      night.run.environment = "0011223344556677";
      night.environments["8899aabbccddeeff"] = {{"host.cpu.model", "some"}};
      for (std::size_t cell = 0; cell < kManyCells; ++cell) {
        Night::Point point;
        point.series.workload = fmt::format("group/workload{}", cell % 50);
        point.series.target = fmt::format("target{}", cell / 50);
        point.series.metric = "real_time";
        point.series.unit = "ns";
        point.series.baseline = "process";
        point.series.environment = "8899aabbccddeeff";
        const auto step = cell % 10 == 0 && number > 900 ? 1.1 : 1.0;
        point.point.value = step * std::exp(normal(random));
        point.point.interval = Interval{point.point.value * 0.99, point.point.value * 1.01};
        point.point.median = 1e6 * point.point.value;
        point.point.trials = 24;
        point.point.noise_floor = 0.01;
        night.points.push_back(std::move(point));
      }
      history.add(night, true);
    }
  });
  std::size_t suspicions = 0;
  const auto nightly = seconds_of(
      [&] { suspicions = History::open(file, History::Access::kRead).suspicions().size(); });
  std::size_t changes = 0;
  const auto full = seconds_of([&] {
    const auto history = History::open(file, History::Access::kRead);
    for (const auto& info : history.series_list()) {
      changes += history.series(info.id).change_points.size();
    }
  });
  fmt::print("a history of {} nights of {} cells ({} points)\n", kFiveYears, kManyCells,
             kFiveYears * kManyCells);
  fmt::print("  file                              {:.1f} MiB\n",
             static_cast<double>(fs::file_size(file)) / (1024.0 * 1024.0));
  fmt::print("  regressions of the newest night   {:.2f} s ({} suspected)\n", nightly, suspicions);
  fmt::print("  all change points made again      {:.2f} s ({} found)\n", full, changes);
  fmt::print("  adding a night                    {:.3f} s\n",
             filled / static_cast<double>(kFiveYears));
  fs::remove_all(folder);
}

int main_with(const std::vector<std::string>& words) {
  const std::string which = words.empty() ? "all" : words.front();
  const auto wanted = [&](const char* name) { return which == "all" || which == name; };
  const auto noise = read_noise(words.size() > 1 ? words[1] : STRATA_NOISE_FILE);
  bool any = false;
  if (wanted("false-alarms")) any = true, print_false_alarms(noise);
  if (wanted("power")) any = true, print_power(noise);
  if (wanted("coverage")) any = true, print_coverage(noise);
  if (wanted("speed")) any = true, print_speed();
  if (any) return 0;
  fmt::print(stderr, "usage: verdicts_benchmark [false-alarms|power|coverage|speed|all]\n");
  return 2;
}

}  // namespace
}  // namespace strata::results

int main(int argc, char** argv) try {
  return strata::results::main_with({argv + 1, argv + argc});
} catch (const std::exception& error) {
  fmt::print(stderr, "verdicts_benchmark: {}\n", error.what());
  return 1;
}
