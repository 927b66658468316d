#include "bench/nightly.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/build_definition.h"
#include "bench/claims_report.h"
#include "bench/comparison_report.h"
#include "bench/history_report.h"
#include "bench/hook.h"
#include "bench/session.h"
#include "results/history/night.h"
#include "results/json_text.h"
#include "results/output_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using results::History;

constexpr auto kDone = "night.json";
constexpr auto kHookLimit = std::chrono::minutes(10);
constexpr std::int64_t kSameNight = 12 * 3600;

void write_whole(const fs::path& path, const std::string& text) {
  auto file = results::OutputFile::next_version_of(path);
  file.buffer() = text;
  file.flush();
  file.replace();
}

/// One nightly at a time on a host: two would measure each other.
UniqueFd lock_host() {
  const auto path = workspace_paths().runs.parent_path() / "nightly.lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) throw system_error("open " + path.string(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw UsageError("begin a night", "another one is going on on this host",
                     "wait for it; its lock is " + path.string());
  }
  return lock;
}

/// "2026-03-01T02-00-00Z": sorts as time does, and is a file name everywhere.
std::string folder_name(std::int64_t seconds) {
  auto name = results::utc_of_seconds(seconds);
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}
std::optional<std::int64_t> seconds_of_folder(std::string name) {
  constexpr std::size_t kDateEnd = 10;
  if (name.size() > kDateEnd) std::replace(name.begin() + kDateEnd, name.end(), '-', ':');
  return results::seconds_of_utc(name);
}

std::vector<fs::path> night_folders(const fs::path& nights) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(nights)) {
    if (entry.is_directory() && seconds_of_folder(entry.path().filename().string())) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

class NightWork {
 public:
  NightWork(const NightlyConfig& config, fs::path folder, Clock& clock, Progress& progress)
      : config_(config), folder_(std::move(folder)), clock_(clock), progress_(progress) {}

  NightOutcome carry_out() {
    NightOutcome outcome;
    const auto run = measured(folder_ / "run", {}, config_.blocks);
    if (!run) {
      outcome.interrupted = true;
      return outcome;
    }
    auto history = History::open(config_.folder / "history.db", History::Access::kWrite);
    history.verify();
    add_to(history, *run);
    if (!judge(history)) {
      outcome.interrupted = true;
      return outcome;
    }
    const auto found = find_regressions(history);
    outcome.has_regression = !found.open.empty();
    Json json{{"night", folder_.filename().string()},
              {"run", run->head.header.run_id},
              {"folder", folder_.string()},
              {"trials", run->head.summary.trials},
              {"failed", run->head.summary.failed},
              {"notes", notes_},
              {"history", Json::parse(regressions_json(found))}};
    outcome.has_refuted_claim = check_claims_into(json);
    report_and_notify(json);
    outcome.json = results::dumped(json, 2) + "\n";
    tidy(history);
    write_whole(folder_ / kDone, outcome.json);
    return outcome;
  }

 private:
  void note(std::string text) {
    progress_.note(text);
    notes_.push_back(std::move(text));
  }

  /// The result of a run in `out`: one that is there, one gone on with, or a new one. Nothing if a
  /// signal ended it early.
  std::optional<results::MeasuredRun> measured(const fs::path& out,
                                               const std::vector<results::SeriesInfo>& only,
                                               std::uint32_t blocks) {
    const auto file = out / "result.json";
    const auto journal = out / "journal.jsonl";
    std::error_code ignored;
    if (!fs::exists(file, ignored) || was_interrupted(file)) {
      const bool has_begun = has_header(journal);
      const auto session =
          has_begun ? resume_session(out, clock_, progress_) : begin(out, only, blocks);
      if (session.end.reason == RunEnd::Reason::kInterrupted) return std::nullopt;
    }
    return results::read_measurements(file);
  }

  /// Its first line is whole: else it was cut short before anything was measured.
  static bool has_header(const fs::path& journal) {
    std::ifstream file(journal, std::ios::binary);
    std::string line;
    return std::getline(file, line) && !file.eof();
  }

  static bool was_interrupted(const fs::path& file) {
    const auto head = results::read_result(file);
    return !head.footers.empty() && head.footers.back().interrupted &&
           head.footers.back().reason.starts_with("interrupted");
  }

  SessionResult begin(const fs::path& out, const std::vector<results::SeriesInfo>& only,
                      std::uint32_t blocks) {
    std::error_code ignored;
    fs::remove(out / "journal.jsonl", ignored);  // cut short within its first line
    const Workbench workbench(clock_);
    Overrides overrides;
    overrides.trials = blocks;
    if (config_.budget) overrides.budget = config_.budget;
    auto suite = load_suite(config_.suite);
    std::set<std::string> targets;
    std::set<std::string> workloads;
    bool startup = false;
    for (const auto& info : only) {
      targets.insert(info.target);
      if (info.workload.empty()) startup = true;
      if (!info.workload.empty()) workloads.insert(info.workload);
    }
    overrides.targets.assign(targets.begin(), targets.end());
    // Startup is counted over all workloads, so that running it again takes all of them.
    if (!startup) overrides.workloads.assign(workloads.begin(), workloads.end());
    const auto definition = build_definition(suite, overrides, workbench);
    SessionOptions options{out, "strata nightly", {}};
    options.started_utc = results::utc_of_seconds(*seconds_of_folder(folder_.filename().string()));
    return start_session(definition, options, workbench, progress_);
  }

  void add_to(History& history, const results::MeasuredRun& run) {
    const auto& id = run.head.header.run_id;
    const auto runs = history.runs();
    if (std::ranges::any_of(runs, [&](const auto& one) { return one.run_id == id; })) return;
    if (!runs.empty() && runs.back().environment != run.head.header.environment.environment_class) {
      note(
          fmt::format("the host is another than in the night of {} (class {}, now {}): new series "
                      "begin",
                      runs.back().started_utc, runs.back().environment,
                      run.head.header.environment.environment_class));
    }
    const auto added = history.add(results::night_of(run, headline_metrics(run.head.header)), true);
    for (const auto& warning : added.warnings) note(warning);
  }

  /// Runs suspected cells again and records what became of each. False if a signal ended that.
  bool judge(History& history) {
    auto suspicions = history.suspicions();
    std::erase_if(suspicions, [&](const results::Suspicion& one) {
      return !config_.watch.empty() && !results::matches_any(config_.watch, one.series.name());
    });
    if (suspicions.empty()) return true;
    std::vector<results::SeriesInfo> suspected;
    for (const auto& one : suspicions) suspected.push_back(one.series);
    progress_.note(fmt::format("{} cells are suspected and run again", suspected.size()));
    const auto again = measured(folder_ / "again", suspected, config_.again_blocks);
    if (!again) return false;
    const auto night = results::night_of(*again, headline_metrics(again->head.header));
    for (const auto& one : suspicions) record(history, one, night);
    return true;
  }

  void record(History& history, const results::Suspicion& suspicion, const results::Night& again) {
    const auto& info = suspicion.series;
    const auto same = std::ranges::find_if(again.points, [&](const results::Night::Point& point) {
      return point.series.name() == info.name() && point.series.kind == info.kind &&
             point.series.environment == info.environment;
    });
    results::Change change;
    change.series = info.id;
    change.run = suspicion.since;
    change.factor = suspicion.factor();
    if (same == again.points.end()) {
      note(fmt::format("{} could not be run again: it stays suspected", info.name()));
      return;
    }
    const auto cost = results::cost_of(info, same->point);
    const bool confirmed = results::confirms(suspicion.finding, cost);
    // A change that is not large has to stand two nights: until then it is neither.
    if (!confirmed && suspicion.finding.nights < 2 && !suspicion.finding.large &&
        results::may_be(suspicion.finding, cost)) {
      change.state = results::Change::State::kSuspected;
    } else {
      change.state =
          confirmed ? results::Change::State::kConfirmed : results::Change::State::kRefuted;
    }
    change.evidence = fmt::format("{}; run again: {:+.1f} %", suspicion.evidence,
                                  (std::exp(cost.value - suspicion.finding.before) - 1) * 100);
    history.record(change);
    note(fmt::format("{}: {}: {}", info.name(), confirmed ? "confirmed" : "not confirmed",
                     change.evidence));
  }

  bool check_claims_into(Json& json) {
    if (config_.claims.empty()) return false;
    std::vector<results::ClaimFile> files;
    for (const auto& name : config_.claims) files.push_back(results::load_claims(name));
    const auto run = results::read_for_claims(folder_ / "run/result.json", files);
    std::vector<CheckedFile> checked;
    for (auto& file : files) checked.push_back({file, results::check_claims(file, run)});
    json["claims"] = Json::parse(claims_json(checked));
    return claims_exit_code(checked, false) == 1;
  }

  /// Neither may cost the night: what fails is noted.
  void report_and_notify(Json& json) {
    const auto attempt = [&](std::vector<std::string> words) {
      if (words.empty()) return;
      try {
        run_hook(words, folder_ / "notification.json", kHookLimit);
      } catch (const Error& error) {
        note(error.what());
        json["notes"] = notes_;
      }
    };
    write_whole(folder_ / "notification.json", results::dumped(json, 2) + "\n");
    auto report = config_.report;
    if (!report.empty()) report.push_back((folder_ / "run").string());
    attempt(report);
    write_whole(folder_ / "notification.json", results::dumped(json, 2) + "\n");
    attempt(config_.notify);
  }

  void tidy(History& history) {
    auto folders = night_folders(folder_.parent_path());
    while (folders.size() > config_.keep_nights && folders.front() != folder_) {
      std::error_code ignored;
      fs::remove_all(folders.front(), ignored);
      folders.erase(folders.begin());
    }
    if (config_.keep_history_days) {
      constexpr std::int64_t kDay = 86400;
      history.forget_before(history.newest_run()->place - kDay * *config_.keep_history_days);
    }
    history.back_up((config_.folder / "history.db").string() + ".backup");
  }

  const NightlyConfig& config_;
  fs::path folder_;
  Clock& clock_;
  Progress& progress_;
  std::vector<std::string> notes_;
};

}  // namespace

NightOutcome carry_out_night(const NightlyConfig& config, std::int64_t now, Clock& clock,
                             Progress& progress) {
  const auto lock = lock_host();
  const auto nights = config.folder / "nights";
  fs::create_directories(nights);
  std::vector<fs::path> unfinished;
  for (auto& folder : night_folders(nights)) {
    if (!fs::exists(folder / kDone)) unfinished.push_back(std::move(folder));
  }
  const bool is_tonight =
      !unfinished.empty() &&
      std::abs(now - *seconds_of_folder(unfinished.back().filename().string())) < kSameNight;
  if (!is_tonight) {
    const auto folder = nights / folder_name(now);
    if (fs::exists(folder)) {
      throw UsageError("begin the night " + folder.string(), "it has been carried out already");
    }
    fs::create_directory(folder);
    unfinished.push_back(folder);
  }
  NightOutcome outcome;
  for (const auto& folder : unfinished) {
    progress.note("night " + folder.filename().string());
    try {
      outcome = NightWork(config, folder, clock, progress).carry_out();
    } catch (const UsageError& error) {
      // Of an earlier night that can't be gone on with, since a program has changed or a file is
      // damaged: it must not stand in the way of all that follow.
      if (folder == unfinished.back()) throw;
      progress.note(fmt::format("given up: {}", error.what()));
      write_whole(folder / kDone, results::dumped(Json{{"given_up", error.what()}}, 2) + "\n");
    }
    if (outcome.interrupted) return outcome;
  }
  return outcome;
}

}  // namespace strata::bench
