#pragma once

#include <functional>
#include <string_view>

#include "results/history/history.h"

namespace strata::results {

enum class ExportFormat {
  kCsv,          ///< a line for each point
  kJsonLines,    ///< the same as JSON
  kOpenMetrics,  ///< gauges with timestamps, for a Prometheus-like store
  kOtava,        ///< CSV with a column for each series, as Apache Otava's CSV importer reads it
};

/// Writes every point of every series, or of those given.
void export_history(const History& history, const std::vector<SeriesInfo>& series,
                    ExportFormat format, const std::function<void(std::string_view)>& write);

}  // namespace strata::results
