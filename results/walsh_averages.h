#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace strata::results {

/// n(n+1)/2: how many Walsh averages n values have.
constexpr std::uint64_t triangular(std::uint64_t n) { return n * (n + 1) / 2; }

/// The order statistics of the Walsh averages (v_i + v_j)/2, i <= j, of n values: for each of
/// `ranks` (from 1, at most n(n+1)/2) the average of that rank, exactly. `sorted`: ascending,
/// finite, magnitudes below 1e307 (a sum must not overflow). O(n log n) time in practice and O(n)
/// memory: the averages are never all written down.
std::vector<double> walsh_order_statistics(std::span<const double> sorted,
                                           std::span<const std::uint64_t> ranks);

}  // namespace strata::results
