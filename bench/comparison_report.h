#pragma once

#include <map>
#include <string>

#include "results/comparison.h"

namespace strata::bench {

/// By workload, the metric that its run calls the headline one; for ComparisonOptions.
std::map<std::string, std::string> headline_metrics(const results::RunHeader& header);

/// A comparison for a person: a table, groups below it, how to read it, differences and warnings.
std::string comparison_table(const results::Comparison& comparison, bool colour);
/// The same for a GitHub step summary.
std::string comparison_markdown(const results::Comparison& comparison);
/// All of it for a program; ends with a new line.
std::string comparison_json(const results::Comparison& comparison);

}  // namespace strata::bench
