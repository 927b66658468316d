#pragma once

#include <span>
#include <vector>

namespace strata::results {

/// p-values adjusted for being many, in the order they came: those at most alpha are significant.
///
/// Holm: the chance of even one false finding is at most alpha, however the tests depend on each
/// other. For verdicts that gate. Holm, A Simple Sequentially Rejective Multiple Test Procedure,
/// Scandinavian Journal of Statistics 6 (1979).
std::vector<double> holm_adjusted(std::span<const double> p_values);

/// Benjamini-Hochberg: of the findings, a share of at most alpha is expected to be false (for
/// independent or positively dependent tests). For exploration. Benjamini and Hochberg, Controlling
/// the False Discovery Rate, Journal of the Royal Statistical Society B 57 (1995).
std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p_values);

}  // namespace strata::results
