#include "bench/experiments/arrivals.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr std::size_t kMostArrivals = 1'000'000;

/// Appends a Poisson process from `from` to `to`.
void append_poisson(Arrivals& arrivals, double rate, Duration from, Duration to,
                    std::mt19937_64& random) {
  // By hand: std::exponential_distribution differs from one standard library to another.
  constexpr double kScale = 1.0 / 9007199254740992.0;  // 2^-53
  double at = std::chrono::duration<double>(from).count();
  const double end = std::chrono::duration<double>(to).count();
  while (arrivals.size() < kMostArrivals) {
    const double uniform = (static_cast<double>(random() >> 11U) + 0.5) * kScale;
    at += -std::log(uniform) / rate;
    if (at >= end) return;
    arrivals.push_back(Duration(std::llround(at * 1e9)));
  }
}

std::optional<double> seconds_in(std::string_view text) {
  double seconds = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  constexpr double kMost = 1e12;
  if (error != std::errc() || stopped != end || !std::isfinite(seconds) ||
      std::abs(seconds) > kMost) {
    return std::nullopt;
  }
  return seconds;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\"";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

Arrivals poisson_arrivals(double rate, Duration length, std::uint64_t seed) {
  Arrivals arrivals;
  std::mt19937_64 random(seed);
  append_poisson(arrivals, rate, Duration::zero(), length, random);
  return arrivals;
}

Arrivals step_arrivals(double rate, Duration length, std::uint64_t seed) {
  Arrivals arrivals;
  std::mt19937_64 random(seed);
  append_poisson(arrivals, rate / 10, Duration::zero(), length / 2, random);
  append_poisson(arrivals, rate, length / 2, length, random);
  return arrivals;
}

Arrivals on_off_arrivals(double rate, Duration length, Duration period, std::uint64_t seed) {
  Arrivals arrivals;
  std::mt19937_64 random(seed);
  for (Duration from{}; from < length; from += period) {
    append_poisson(arrivals, 2 * rate, from, std::min(from + period / 2, length), random);
  }
  return arrivals;
}

Arrivals trace_arrivals(std::string_view csv, std::string_view origin, Duration length) {
  Arrivals arrivals;
  std::optional<double> first;
  double last = 0;
  std::size_t line_number = 0;
  const auto fail = [&](const std::string& said) {
    throw UsageError(fmt::format("read the trace {}:{}", origin, line_number), said,
                     "each line begins with seconds, in ascending order; further columns are "
                     "passed over");
  };
  while (!csv.empty()) {
    ++line_number;
    const auto end = csv.find('\n');
    const auto line = trimmed(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (line.empty()) continue;
    const auto seconds = seconds_in(trimmed(line.substr(0, line.find_first_of(",;"))));
    if (!seconds) {
      if (line_number == 1) continue;
      fail(fmt::format("\"{}\" does not begin with a number of seconds", line.substr(0, 80)));
    }
    if (first && *seconds < last) fail(fmt::format("{} comes after {}", *seconds, last));
    if (!first) first = seconds;
    last = *seconds;
    const auto at = std::chrono::duration<double>(*seconds - *first);
    if (at > length) break;
    if (arrivals.size() == kMostArrivals) fail("there are more than a million arrivals");
    arrivals.push_back(Duration(std::llround(at.count() * 1e9)));
  }
  if (arrivals.empty()) fail("there are no arrivals in it");
  return arrivals;
}

}  // namespace strata::bench
