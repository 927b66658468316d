#include "results/history/history_export.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "results/json_text.h"

namespace strata::results {
namespace {

/// A field of a CSV file (RFC 4180), in quotes where it has to be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

/// A label's value in OpenMetrics.
std::string label(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '\n') {
      escaped += "\\n";
      continue;
    }
    if (letter == '"' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string number(std::optional<double> value) {
  std::string text;
  if (value) append_number(text, *value);
  return text;
}

std::string_view kind_name(const SeriesInfo& info) {
  return info.kind == SeriesInfo::Kind::kRatio ? "ratio" : "absolute";
}

class Exporter {
 public:
  Exporter(const History& history, const std::function<void(std::string_view)>& write)
      : history_(history), write_(write) {
    for (auto& run : history.runs()) {
      const auto id = run.id;
      runs_.emplace(id, std::move(run));
    }
  }

  void csv(const std::vector<SeriesInfo>& list) {
    write_(
        "started,run,workload,target,metric,kind,unit,value,low,high,median,trials,failed,"
        "disturbed,environment\n");
    for_each(list, [&](const SeriesInfo& info, const SeriesPoint& point, const HistoryRun& run) {
      write_(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", run.started_utc,
                         run.run_id, csv_field(info.workload), csv_field(info.target),
                         csv_field(info.metric), kind_name(info), csv_field(info.unit),
                         number(point.value), number(low(point)), number(high(point)),
                         number(point.median), point.trials, point.failed, point.disturbed ? 1 : 0,
                         info.environment));
    });
  }

  void json_lines(const std::vector<SeriesInfo>& list) {
    for_each(list, [&](const SeriesInfo& info, const SeriesPoint& point, const HistoryRun& run) {
      nlohmann::json json{{"started", run.started_utc},
                          {"run", run.run_id},
                          {"workload", info.workload},
                          {"target", info.target},
                          {"metric", info.metric},
                          {"kind", kind_name(info)},
                          {"unit", info.unit},
                          {"value", point.value},
                          {"trials", point.trials},
                          {"failed", point.failed},
                          {"disturbed", point.disturbed},
                          {"environment", info.environment}};
      if (point.interval) json["interval"] = {point.interval->low, point.interval->high};
      if (point.median) json["median"] = *point.median;
      write_(dumped(json) + "\n");
    });
  }

  void open_metrics(const std::vector<SeriesInfo>& list) {
    for (const auto kind : {SeriesInfo::Kind::kRatio, SeriesInfo::Kind::kAbsolute}) {
      const auto* const name =
          kind == SeriesInfo::Kind::kRatio ? "strata_cost_ratio" : "strata_value";
      write_(fmt::format("# TYPE {} gauge\n# HELP {} {}\n", name, name,
                         kind == SeriesInfo::Kind::kRatio ? "Cost over the baseline's cost."
                                                          : "Median, in the unit of the label."));
      for_each(list, [&](const SeriesInfo& info, const SeriesPoint& point, const HistoryRun& run) {
        if (info.kind != kind) return;
        write_(fmt::format(
            "{}{{workload=\"{}\",target=\"{}\",metric=\"{}\",unit=\"{}\",environment=\"{}\"}} {} "
            "{}\n",
            name, label(info.workload), label(info.target), label(info.metric), label(info.unit),
            info.environment, number(point.value), run.place));
      });
    }
    write_("# EOF\n");
  }

  void otava(const std::vector<SeriesInfo>& list) {
    std::map<std::int64_t, std::map<std::size_t, double>> rows;
    std::map<std::string, int> names;
    std::string head = "time,run";
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto seen = ++names[list[i].name()];
      head +=
          "," + csv_field(seen == 1 ? list[i].name() : fmt::format("{} #{}", list[i].name(), seen));
      for (const auto& point : history_.series(list[i].id).points) {
        rows[point.place].emplace(i, point.value);
      }
    }
    write_(head + "\n");
    for (const auto& [id, run] : by_place()) {
      const auto row = rows.find(id);
      if (row == rows.end()) continue;
      auto line = fmt::format("{},{}", run->started_utc, run->run_id);
      for (std::size_t i = 0; i < list.size(); ++i) {
        const auto value = row->second.find(i);
        line += ",";
        if (value != row->second.end()) append_number(line, value->second);
      }
      write_(line + "\n");
    }
  }

 private:
  static std::optional<double> low(const SeriesPoint& point) {
    return point.interval ? std::optional(point.interval->low) : std::nullopt;
  }
  static std::optional<double> high(const SeriesPoint& point) {
    return point.interval ? std::optional(point.interval->high) : std::nullopt;
  }

  [[nodiscard]] std::map<std::int64_t, const HistoryRun*> by_place() const {
    std::map<std::int64_t, const HistoryRun*> result;
    for (const auto& [id, run] : runs_) result.emplace(run.place, &run);
    return result;
  }

  template <typename Visit>
  void for_each(const std::vector<SeriesInfo>& list, const Visit& visit) const {
    for (const auto& info : list) {
      for (const auto& point : history_.series(info.id).points) {
        const auto run = runs_.find(point.run);
        if (run != runs_.end()) visit(info, point, run->second);
      }
    }
  }

  const History& history_;
  const std::function<void(std::string_view)>& write_;
  std::map<std::int64_t, HistoryRun> runs_;
};

}  // namespace

void export_history(const History& history, const std::vector<SeriesInfo>& series,
                    ExportFormat format, const std::function<void(std::string_view)>& write) {
  Exporter exporter(history, write);
  switch (format) {
    case ExportFormat::kCsv:
      return exporter.csv(series);
    case ExportFormat::kJsonLines:
      return exporter.json_lines(series);
    case ExportFormat::kOpenMetrics:
      return exporter.open_metrics(series);
    case ExportFormat::kOtava:
      return exporter.otava(series);
  }
}

}  // namespace strata::results
