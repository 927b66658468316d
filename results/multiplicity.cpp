#include "results/multiplicity.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace strata::results {
namespace {

std::vector<std::size_t> places_by_value(std::span<const double> values) {
  std::vector<std::size_t> places(values.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return places;
}

}  // namespace

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  const auto places = places_by_value(p_values);
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto times = static_cast<double>(places.size() - i);
    largest = std::max(largest, std::min(1.0, times * p_values[places[i]]));
    adjusted[places[i]] = largest;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p_values) {
  const auto places = places_by_value(p_values);
  std::vector<double> adjusted(p_values.size());
  double smallest = 1;
  for (std::size_t i = places.size(); i-- > 0;) {
    const double part = static_cast<double>(places.size()) / static_cast<double>(i + 1);
    smallest = std::min(smallest, part * p_values[places[i]]);
    adjusted[places[i]] = smallest;
  }
  return adjusted;
}

}  // namespace strata::results
