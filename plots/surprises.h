#pragma once

#include <string>
#include <vector>

#include "plots/run_view.h"

namespace strata::plots {

/// What a reader would not have expected, a line each, the farthest first: a cell that costs at
/// least half as much again (or saves a third), and stands as far out from the other workloads of
/// its group on its target. "disk/append_fsync/4KiB on docker: 3.10x [2.8, 3.4]; scratch: overlay
/// on ext4". Targets under emulation surprise nobody. At most `most`, then one line that counts the
/// rest.
std::vector<std::string> surprises_in(const RunView& view, std::size_t most = 6);

}  // namespace strata::plots
