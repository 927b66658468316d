#pragma once

#include <string_view>

namespace strata::workloads {

/// A noisy neighbour: uses one resource as hard as it can for a while, then prints one line of
/// JSON:
///
///     {"noise":"fork","seconds":2.0,"rounds":1234,"refused":5}
///
/// `rounds`: how much it got done; `refused`: how often the kernel had no more to give. Kinds:
///
/// | cpu    | arithmetic on every CPU it may use                          | a round: 65,536 steps |
/// | memory | copies of 16 MiB on every CPU, at most on eight             | a copy                |
/// | disk   | writes to a file of 64 MiB in the scratch folder, with fsync | a mebibyte | | fork |
/// processes that fork and end, at most 64 at a time           | a process             |
///
/// `fork` is what a fork bomb does to its neighbours, held by itself, so that nobody comes to harm
/// where nothing else holds it. Leaves nothing behind. Returns an exit code: 2 for words that can't
/// be, which it says on stderr.
int make_noise(std::string_view kind, std::string_view seconds);

}  // namespace strata::workloads
