#include "results/vocabulary/trial.h"

#include <algorithm>

namespace strata {

const Metric* Trial::metric(std::string_view name) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

}  // namespace strata
