#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::bench {

/// What `strata nightly` does, from its configuration file.
struct NightlyConfig {
  std::filesystem::path folder;     ///< of history.db and the nights' folders
  std::string suite;                ///< a built-in one's name, or a file
  std::uint32_t blocks = 24;        ///< of a night
  std::uint32_t again_blocks = 96;  ///< of cells that are suspected, run again
  std::optional<Duration> budget;   ///< of the suite's run
  std::vector<std::string> watch;   ///< globs of the series that may raise an alarm; empty: all
  std::vector<std::string> claims;  ///< names or files, whose own cells are run every night
  std::optional<Duration> claims_budget = std::chrono::minutes(15);  ///< of that run
  std::filesystem::path site;  ///< where static pages of all nights are written; empty: nowhere
  std::vector<std::string> notify;  ///< a command that gets the night's JSON on stdin
  std::uint32_t keep_nights = 90;   ///< folders of nights; the history keeps its figures for ever
  std::optional<std::uint32_t> keep_history_days;
};

/// Reads it. Relative paths are relative to the file. Throws UsageError with the place.
NightlyConfig load_nightly_config(const std::string& file);

}  // namespace strata::bench
