#include "bench/nightly.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/build_definition.h"
#include "bench/claims_report.h"
#include "bench/claims_run.h"
#include "bench/comparison_report.h"
#include "bench/history_report.h"
#include "bench/report_page.h"
#include "bench/session.h"
#include "plots/program_answer.h"
#include "plots/site/site.h"
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
constexpr auto kNotifyLimit = std::chrono::minutes(10);
constexpr std::int64_t kSameNight = 12L * 3600;

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
    if (!check_claims_into(json, outcome)) {
      outcome.interrupted = true;
      return outcome;
    }
    report_and_notify(json, history);
    outcome.json = results::dumped(json, 2) + "\n";
    tidy(history);
    results::replace_file(folder_ / kDone, outcome.json);
    return outcome;
  }

 private:
  void note(std::string text) {
    progress_.note(text);
    notes_.push_back(std::move(text));
  }

  /// Sees to it that `out` holds a whole run: one that is there, one gone on with, or a new one,
  /// which `begin` carries out. False if a signal ended it early.
  template <typename Begin>
  bool has_run(const fs::path& out, const Begin& begin) {
    if (!needs_run(out)) return true;
    const auto journal = out / "journal.jsonl";
    if (has_header(journal)) return is_whole(resume_session(out, clock_, progress_));
    std::error_code ignored;
    fs::remove(journal, ignored);  // cut short within its first line
    return is_whole(begin(Workbench(clock_), session_in(out)));
  }

  static bool is_whole(const SessionResult& session) {
    return session.end.reason != RunEnd::Reason::kInterrupted;
  }

  /// The result of the suite's run in `out`. Nothing if a signal ended it early.
  std::optional<results::MeasuredRun> measured(const fs::path& out,
                                               const std::vector<results::SeriesInfo>& only,
                                               std::uint32_t blocks) {
    const bool whole = has_run(out, [&](const Workbench& workbench, const SessionOptions& options) {
      return run_suite(only, blocks, workbench, options);
    });
    if (!whole) return std::nullopt;
    return results::read_measurements(out / "result.json");
  }

  /// Whether its result is missing, or of a run that a signal cut short.
  static bool needs_run(const fs::path& out) {
    const auto file = out / "result.json";
    std::error_code ignored;
    return !fs::exists(file, ignored) || was_interrupted(file);
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

  SessionResult run_suite(const std::vector<results::SeriesInfo>& only, std::uint32_t blocks,
                          const Workbench& workbench, const SessionOptions& options) {
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
    return start_session(definition, options, workbench, progress_);
  }

  [[nodiscard]] SessionOptions session_in(const fs::path& out) const {
    SessionOptions options{out, "strata nightly", {}};
    options.started_utc = results::utc_of_seconds(*seconds_of_folder(folder_.filename().string()));
    return options;
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

  /// Runs the claims' own cells and holds the claims against them. False if a signal ended that.
  bool check_claims_into(Json& json, NightOutcome& outcome) {
    if (config_.claims.empty()) return true;
    std::vector<results::ClaimFile> files;
    for (const auto& name : config_.claims) files.push_back(results::load_claims(name));
    const auto out = folder_ / "claims";
    const bool whole = has_run(out, [&](const Workbench& workbench, const SessionOptions& options) {
      progress_.note("the claims' own cells are run");
      return run_for_claims(files, {0, config_.claims_budget, options}, workbench, progress_);
    });
    if (!whole) return false;
    const auto run = results::read_for_claims(out / "result.json", files);
    claims_ = results::hold_claims(std::move(files), run, results::kThreeLooks);
    json["claims"] = Json::parse(claims_json(claims_));
    outcome.has_refuted_claim = claims_exit_code(claims_, false) == 1;
    return true;
  }

  /// Neither may cost the night: what fails is noted.
  void report_and_notify(Json& json, const History& history) {
    const auto attempt = [&](const auto& what) {
      try {
        what();
      } catch (const Error& error) {
        note(error.what());
        json["notes"] = notes_;
      }
    };
    attempt([&] {
      write_report_page({folder_ / "run", {}, claims_, &history, folder_ / "report.html"});
    });
    if (!config_.site.empty()) {
      attempt([&] { plots::write_site(history, config_.site, {}); });
    }
    if (!config_.notify.empty()) attempt([&] { notify(results::dumped(json, 2) + "\n"); });
  }

  void notify(const std::string& json) const {
    const auto& words = config_.notify;
    const auto answer = plots::run_program(words, json, kNotifyLimit, "is it installed?");
    std::fputs(answer.output.c_str(), stderr);
    std::fputs(answer.errors.c_str(), stderr);
    if (answer.exit_code != 0) {
      throw Error(fmt::format("run {}", fmt::join(words, " ")),
                  fmt::format("it exited with code {}", answer.exit_code));
    }
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
  std::vector<results::HeldClaims> claims_;  ///< as they were held against their own run
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
      results::replace_file(folder / kDone,
                            results::dumped(Json{{"given_up", error.what()}}, 2) + "\n");
    }
    if (outcome.interrupted) return outcome;
  }
  return outcome;
}

}  // namespace strata::bench
