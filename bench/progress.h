#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/plan.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// Hears what a run is doing. Called between trials only: nothing of ours runs while one is
/// measured.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;

  /// Something the user should know: a target that is left out, a stage that begins.
  virtual void note(const std::string& text) = 0;
  /// `remaining`: how long the rest of the run takes, this trial included; absent while nothing is
  /// known.
  virtual void trial_begins(const PlannedTrial& trial, std::size_t done, std::size_t planned,
                            std::optional<Duration> remaining) = 0;
  virtual void trial_ended(const Trial& trial) = 0;
  virtual void run_ended() = 0;
};

/// Progress for a person: on a terminal one line that is rewritten, else plain log lines, one every
/// few seconds.
class ConsoleProgress final : public Progress {
 public:
  /// `stream` stays the caller's.
  ConsoleProgress(std::FILE* stream, bool is_terminal, const Clock& clock);

  void note(const std::string& text) override;
  void trial_begins(const PlannedTrial& trial, std::size_t done, std::size_t planned,
                    std::optional<Duration> remaining) override;
  void trial_ended(const Trial& trial) override;
  void run_ended() override;

 private:
  void clear_line();

  std::FILE* stream_;
  bool is_terminal_;
  const Clock& clock_;
  std::optional<TimePoint> last_line_;
  std::size_t failed_ = 0;
  bool line_open_ = false;
};

}  // namespace strata::bench
