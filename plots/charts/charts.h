#pragma once

#include <optional>
#include <vector>

#include "plots/chart.h"
#include "plots/run_view.h"
#include "results/claims/claim_check.h"

namespace strata::plots {

/// What starting and each kind of work cost on each target, with intervals: the answer as a
/// picture.
std::optional<Chart> overview_chart(const RunView& view);

/// Where the time of a start goes, a bar a target. Nothing if no target has a startup.
std::optional<Chart> startup_phases_chart(const RunView& view);

/// How startups are distributed: the share of starts done within a time, a line a target.
std::optional<Chart> startup_distribution_chart(const RunView& view);

/// The table of overheads as a picture: a square a cell, with its number.
std::optional<Chart> heat_map_chart(const RunView& view);

/// Curves over a number of instances, a pause …: what experiments measured as "ready[8]".
std::vector<Chart> curve_charts(const RunView& view);

/// The first call of an instance against the next: workloads with the metrics "cold" and "warm".
std::optional<Chart> cold_and_warm_chart(const RunView& view);

/// Targets of a driver that differ from its plain one in one option: what that costs or gives back.
std::vector<Chart> ladder_charts(const RunView& view);

/// Each claim's figure as measured over as claimed. Without anything to draw the specification is
/// null, and the table says why.
Chart claims_chart(const results::HeldClaims& held);

/// Every cell of a second run over the same of the first.
std::optional<Chart> two_runs_chart(const RunView& first, const results::Comparison& comparison);

/// Every chart that a run has data for, in the order of the report. Their ids are the KIND that
/// `strata plot` takes.
std::vector<Chart> all_charts(const RunView& view);

/// Cost ratios of the workloads of each group, with intervals.
std::vector<Chart> group_charts(const RunView& view);

}  // namespace strata::plots
