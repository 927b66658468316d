#include "bench/experiments/line_fit.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace strata::bench {

results::Estimate slope_of(std::span<const double> x, std::span<const double> y) {
  const auto count = x.size();
  const auto mean = [count](std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(count);
  };
  const double mean_x = mean(x);
  const double mean_y = mean(y);
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < count; ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  results::Estimate slope{xy / xx, std::nullopt, count};
  if (count < 3) return slope;
  double residual = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double error = y[i] - mean_y - slope.value * (x[i] - mean_x);
    residual += error * error;
  }
  const auto freedom = static_cast<double>(count - 2);
  constexpr double kUpperTail = 0.975;
  const double half = boost::math::quantile(boost::math::students_t(freedom), kUpperTail) *
                      std::sqrt(residual / freedom / xx);
  slope.interval = {slope.value - half, slope.value + half};
  return slope;
}

}  // namespace strata::bench
