#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/history/history.h"

namespace strata::plots {

/// A cell over all its series: a new one begins where the machine, the engine or the options
/// changed.
struct SiteCell {
  std::string name;   ///< SeriesInfo::name()
  std::string group;  ///< first part of the workload's name; "startup"
  std::string file;   ///< of its data, without ending: "os-12"
  std::vector<results::Series> series;
};

/// What a run has of a cell.
struct SiteValue {
  std::size_t cell = 0;  ///< place in SiteData::cells
  std::size_t series = 0;
  std::size_t point = 0;
};

/// All of a history, ordered for pages.
struct SiteData {
  std::vector<results::HistoryRun> runs;                   ///< oldest first
  std::vector<SiteCell> cells;                             ///< by group, then name
  std::map<std::string, std::vector<std::size_t>> groups;  ///< cells by group
  std::map<std::int64_t, std::vector<SiteValue>> values;   ///< by HistoryRun::id
  struct ConfirmedChange {
    std::size_t cell = 0;
    results::Change change;
  };
  std::vector<ConfirmedChange> changes;  ///< newest first
};

SiteData read_site_data(const results::History& history);

}  // namespace strata::plots
