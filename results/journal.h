#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "results/vocabulary/environment.h"
#include "results/vocabulary/plan.h"
#include "results/vocabulary/target.h"
#include "results/vocabulary/trial.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::results {

inline constexpr int kSchemaVersion = 1;

/// What is known of a run before its first trial.
struct RunHeader {
  int schema = kSchemaVersion;
  std::string run_id;       ///< 16 hex digits
  std::string started_utc;  ///< "2026-03-01T12:00:00Z"
  std::string strata_version;
  std::string suite;         ///< its name
  std::string command_line;  ///< words quoted for a shell
  std::uint64_t seed = 0;
  std::string baseline;            ///< name of the target the others are divided by
  std::uint32_t blocks = 0;        ///< planned
  std::vector<PlannedTrial> plan;  ///< in the order they are carried out
  std::vector<Target> targets;
  std::map<std::string, std::string> bundle_digests;  ///< workload -> digest
  /// Targets that the suite names and that could not run here, and why.
  std::map<std::string, Failure> unavailable_targets;
  Environment environment;
  std::string
      definition;  ///< the run's own definition as one JSON text, so that --resume can rebuild it
};

/// What is known once it is over.
struct RunFooter {
  double wall_seconds = 0;        ///< of this process; a resumed run adds its parts up
  double strata_cpu_seconds = 0;  ///< Strata's own user and system time, its children not included
  bool interrupted = false;       ///< ended before the plan was done
  std::string reason;             ///< of the interruption: "SIGINT", "budget of 5m used up"
};

/// The append-only record of a run, `journal.jsonl`: one JSON object a line; the header, then
/// trials, then footers (one for each process that worked on it). Everything else is made from it.
/// One writer at a time, held by a lock on the file. Throws Error (with the path) for anything the
/// file system refuses; what was appended before stays.
class Journal {
 public:
  /// Starts one in `directory`, made if need be. Throws UsageError if it holds a run already.
  static Journal create(const std::filesystem::path& directory, const RunHeader& header);
  /// Opens an unfinished one; a half-written last line is cut off. Throws UsageError if there is
  /// none, if another process is writing it, or if a line before the last is not what it should be
  /// (line number).
  static Journal resume(const std::filesystem::path& directory);

  [[nodiscard]] const RunHeader& header() const { return header_; }
  /// The trials that were there when it was opened.
  [[nodiscard]] const std::vector<Trial>& trials() const { return trials_; }
  [[nodiscard]] const std::vector<RunFooter>& footers() const { return footers_; }

  /// Returns once the trial is on the disk (fdatasync).
  void append(const Trial& trial);
  void append(const RunFooter& footer);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  Journal() = default;
  void append_line(std::string line);

  std::filesystem::path path_;
  UniqueFd fd_;
  RunHeader header_;
  std::vector<Trial> trials_;
  std::vector<RunFooter> footers_;
};

}  // namespace strata::results
