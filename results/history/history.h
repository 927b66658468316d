#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/history/change_points.h"
#include "results/history/night_finding.h"
#include "results/statistics.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// A run as the history keeps it.
struct HistoryRun {
  std::int64_t id = 0;
  std::string run_id;       ///< of the result it comes from
  std::string started_utc;  ///< as its own clock said: "2026-03-01T12:00:00Z"
  /// Seconds since 1970 by which runs are ordered: `started_utc`, but later than the run before it
  /// where a night's clock had gone backwards.
  std::int64_t place = 0;
  std::string suite;
  std::string strata_version;
  std::string environment;  ///< class of the host, as in the result
  std::string note;         ///< what is odd about it: "the clock went backwards"; may be empty
};

/// One cell, metric and environment class over time. The environment is a digest of the host's
/// class and of what is known of the target and the baseline (engine, runtime, options): a machine
/// or an engine that changed starts a new series.
struct SeriesInfo {
  enum class Kind {
    kRatio,     ///< cost over the baseline's cost: above 1 is dearer
    kAbsolute,  ///< of the baseline itself: its median
  };
  std::int64_t id = 0;
  std::string workload;  ///< "" is over all workloads: startup
  std::string target;
  std::string metric;
  std::string unit;  ///< of absolute values
  Better better = Better::kLower;
  std::string baseline;
  std::string environment;
  Kind kind = Kind::kRatio;
  std::size_t points = 0;

  /// "startup@docker", "os/getppid@docker", "compute/dgemm/512@docker:flop_per_second" where the
  /// metric is not real_time.
  [[nodiscard]] std::string name() const;
};

/// One night of a series.
struct SeriesPoint {
  std::int64_t run = 0;              ///< HistoryRun::id
  std::int64_t place = 0;            ///< HistoryRun::place
  double value = 0;                  ///< ratio of costs, or the absolute value; above 0
  std::optional<Interval> interval;  ///< 95 %
  std::optional<double> median;      ///< of the cell itself, in the series' unit
  std::uint32_t trials = 0;          ///< good ones
  std::uint32_t failed = 0;
  std::optional<double> noise_floor;  ///< relative, from the A/A arm of the run
  bool disturbed = false;             ///< its trials ran under disturbance
};

/// What has become of a suspicion that a series changed.
struct Change {
  enum class State {
    kSuspected,  ///< not yet run again
    kConfirmed,  ///< running it again showed it too
    kRefuted,    ///< running it again did not
  };
  std::int64_t id = 0;
  std::int64_t series = 0;
  std::int64_t run = 0;  ///< the first run at the new level
  State state = State::kSuspected;
  double factor = 1;     ///< cost after over cost before: 1.05 is 5 % dearer
  std::string evidence;  ///< a sentence with the figures
  std::string accepted;  ///< the reason with which somebody accepted it; empty: nobody has

  [[nodiscard]] bool is_regression() const { return factor > 1; }
};

/// A remark of a person, or of Strata, at one run.
struct Annotation {
  std::optional<std::int64_t> series;  ///< absent: for all series
  std::int64_t run = 0;
  std::string text;
};

/// A series as a plot draws it.
struct Series {
  SeriesInfo info;
  std::vector<SeriesPoint> points;  ///< ordered by place
  /// Found over the whole series: index into points, levels in the unit of the points' values.
  std::vector<ChangePoint> change_points;
  std::vector<Change> changes;          ///< suspected, confirmed, refuted; by run
  std::vector<Annotation> annotations;  ///< of this series, and those of all
};

/// What may be the matter with the newest point of a series.
struct Suspicion {
  SeriesInfo series;
  std::int64_t since = 0;  ///< HistoryRun::id of the first run at the new level
  NightFinding finding;    ///< levels are logarithms of cost
  std::string evidence;    ///< a sentence with the figures

  /// Cost now over cost before.
  [[nodiscard]] double factor() const;
};

/// Logarithm of what a point of a series costs, with its interval.
Estimate cost_of(const SeriesInfo& series, const SeriesPoint& point);

/// What a run adds to a history.
struct Night {
  struct Point {
    SeriesInfo series;  ///< without id and points
    SeriesPoint point;  ///< without run and place
  };
  HistoryRun run;  ///< without id; place: from its own clock
  std::vector<Point> points;
  /// What each environment that the series name stands for.
  std::map<std::string, std::map<std::string, std::string>> environments;
  std::vector<std::string> warnings;  ///< what was left out, and why
};

/// The record of all nights: a SQLite file (WAL), which one process writes while others read.
/// Used from one thread. Everything throws Error with the file's path: for a file that is damaged
/// (never emptied, never written to), one of another program or a newer Strata (UsageError), and
/// one that another process keeps locked for longer than `kLockWait`.
class History {
 public:
  enum class Access {
    kRead,   ///< it must be there
    kWrite,  ///< made if it is not there; older ones are brought up to date, with a copy kept
             ///< beside
  };
  static constexpr int kSchemaVersion = 1;
  static constexpr int kLockWaitMilliseconds = 5000;

  static History open(const std::filesystem::path& file, Access access);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History();

  // Reading.

  /// All runs, ordered by place.
  [[nodiscard]] std::vector<HistoryRun> runs() const;
  [[nodiscard]] std::optional<HistoryRun> newest_run() const;
  /// All series, ordered by workload, target, metric, then by when they began.
  [[nodiscard]] std::vector<SeriesInfo> series_list() const;
  /// Those that a user's word names: SeriesInfo::name() or a glob of it. May be empty.
  [[nodiscard]] std::vector<SeriesInfo> find_series(const std::string& name_or_glob) const;
  /// A series with everything there is about it, change points over all of it included.
  [[nodiscard]] Series series(std::int64_t id) const;
  /// All changes of a state, ordered by run.
  [[nodiscard]] std::vector<Change> changes(Change::State state) const;
  /// The facts that the environment of a series stands for: "host.cpu.model", "target.runtime" …
  [[nodiscard]] std::map<std::string, std::string> environment_facts(
      const std::string& environment) const;
  /// What is suspicious in the newest run: each series that has a point of it held against its own
  /// stable segment. Costs a bounded number of points a series.
  [[nodiscard]] std::vector<Suspicion> suspicions(const NightOptions& options = {}) const;
  /// Checks every page of the file. Throws Error for damage.
  void verify() const;
  /// Another limit than kLockWaitMilliseconds.
  void wait_for_lock(std::chrono::milliseconds limit);

  // Writing.

  struct Addition {
    std::int64_t run = 0;
    std::size_t new_series = 0;         ///< that begin with it
    std::vector<std::string> warnings;  ///< the night's, and a clock that went backwards
  };
  /// Adds a night, all of it or nothing. `is_newest`: it comes after all others whatever its clock
  /// says, since it has only just been. Throws UsageError if it is there already.
  Addition add(const Night& night, bool is_newest);
  /// Adds a change, or changes the state of the one this series and run have. Returns its id.
  std::int64_t record(const Change& change);
  /// Accepts the newest change of a series that nobody has accepted: the new level is the series'
  /// normal one from there on, and the reason is shown in plots. Throws UsageError if there is
  /// none.
  Change accept(std::int64_t series, const std::string& reason);
  void annotate(const Annotation& annotation);
  /// Removes all runs older than `place`, with their points. Changes and annotations of series that
  /// go on are kept. Returns how many runs.
  std::size_t forget_before(std::int64_t place);
  /// Writes a copy that is whole at one moment.
  void back_up(const std::filesystem::path& copy) const;

 private:
  struct Store;
  explicit History(std::unique_ptr<Store> store);
  std::unique_ptr<Store> store_;
};

}  // namespace strata::results
