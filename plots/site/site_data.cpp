#include "plots/site/site_data.h"

#include <algorithm>

#include "plots/html.h"
#include "plots/run_view.h"

namespace strata::plots {

SiteData read_site_data(const results::History& history) {
  SiteData data;
  data.runs = history.runs();
  std::map<std::int64_t, std::int64_t> place_of;
  for (const auto& run : data.runs) place_of[run.id] = run.place;
  std::map<std::pair<std::string, std::string>, SiteCell> cells;  // by group and name
  for (const auto& info : history.series_list()) {
    const auto group = info.workload.empty() ? std::string("startup") : group_of(info.workload);
    auto& cell = cells[{group, info.name()}];
    cell.name = info.name();
    cell.group = group;
    cell.series.push_back(history.series(info.id));
  }
  for (auto& [key, cell] : cells) {
    const auto place = data.cells.size();
    cell.file = id_of(cell.group).substr(0, 40) + "-" + std::to_string(place);
    data.groups[cell.group].push_back(place);
    for (std::size_t series = 0; series < cell.series.size(); ++series) {
      const auto& points = cell.series[series].points;
      for (std::size_t point = 0; point < points.size(); ++point) {
        data.values[points[point].run].push_back({place, series, point});
      }
      for (const auto& change : cell.series[series].changes) {
        if (change.state == results::Change::State::kConfirmed)
          data.changes.push_back({place, change});
      }
    }
    data.cells.push_back(std::move(cell));
  }
  std::stable_sort(data.changes.begin(), data.changes.end(), [&](const auto& a, const auto& b) {
    return place_of[a.change.run] > place_of[b.change.run];
  });
  return data;
}

}  // namespace strata::plots
