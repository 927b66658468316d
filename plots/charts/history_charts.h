#pragma once

#include <vector>

#include "plots/chart.h"
#include "results/history/history.h"

namespace strata::plots {

/// A cell over time: every series of it (a new one begins where the machine, the engine or the
/// options changed), with its change points and remarks. `series` belong to one name and are
/// ordered by when they began; `runs` are the history's.
Chart history_chart(const std::vector<results::Series>& series,
                    const std::vector<results::HistoryRun>& runs);

/// The charts of those cells of a history that have something to tell: startup, and what changed;
/// at most `most`.
std::vector<Chart> history_charts(const results::History& history, std::size_t most);

}  // namespace strata::plots
