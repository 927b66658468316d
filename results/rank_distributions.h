#pragma once

#include <cstddef>
#include <cstdint>

namespace strata::results {

/// The largest k with P(T+ < k) <= tail (0 < tail < 0.5) for n values, where T+ is the Wilcoxon
/// signed-rank statistic: the interval runs from the k-th smallest to the k-th largest Walsh
/// average. 0: n is too small. Exact up to 300 values, above them a normal approximation, corrected
/// for continuity and tails, that gives the same depth.
std::size_t signed_rank_depth(std::size_t n, double tail);

/// P(T+ <= t), exact and approximate as above.
double signed_rank_probability(std::size_t n, std::uint64_t t);

/// The largest k with P(U < k) <= tail (0 < tail < 0.5) for samples of m and n values, where U is
/// the Mann-Whitney statistic: the interval runs from the k-th smallest to the k-th largest of the
/// m n differences. 0: they are too small. Exact where m n <= 10,000, above that a normal
/// approximation, corrected for continuity and tails.
std::size_t rank_sum_depth(std::size_t m, std::size_t n, double tail);

/// P(U <= u), exact and approximate as above. 1 if either sample is empty.
double rank_sum_probability(std::size_t m, std::size_t n, std::uint64_t u);

}  // namespace strata::results
