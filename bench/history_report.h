#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/history/history.h"

namespace strata::bench {

/// $XDG_DATA_HOME/strata/history.db, else ~/.local/share/strata/history.db.
std::filesystem::path default_history_file();

/// What is dearer: in the newest night, and since earlier ones.
struct Regressions {
  struct Open {
    results::SeriesInfo series;
    results::Change change;
  };
  std::optional<results::HistoryRun> newest;
  std::vector<results::Suspicion> suspected;  ///< of the newest night, not yet run again
  std::vector<Open> open;  ///< confirmed, accepted by nobody, of series that still go on
  std::vector<results::Suspicion> cheaper;

  [[nodiscard]] bool any() const { return !suspected.empty() || !open.empty(); }
};
Regressions find_regressions(const results::History& history);

std::string regressions_table(const Regressions& regressions, bool colour);
/// Ends with a new line, as all JSON here.
std::string regressions_json(const Regressions& regressions);

/// Nights and series, the newest last.
std::string history_list_table(const results::History& history);
std::string history_list_json(const results::History& history);

/// The newest nights of a series with what happened in them.
std::string series_table(const results::History& history, const results::Series& series,
                         bool colour);
std::string series_json(const results::History& history, const results::Series& series);

}  // namespace strata::bench
