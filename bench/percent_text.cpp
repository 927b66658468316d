#include "bench/percent_text.h"

#include <fmt/format.h>

#include <charconv>

#include "results/vocabulary/error.h"

namespace strata::bench {

double parse_percent(std::string_view text, std::string_view where) {
  double value = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const auto unit = std::string_view(rest, static_cast<std::size_t>(end - rest));
  if (error != std::errc() || (unit != "%" && unit != " %") || !(value > 0) || value > 100) {
    throw UsageError(fmt::format("{} {}", where, text), "that is no percentage",
                     "write it like 1% or 0.5%: more than 0%, at most 100%");
  }
  return value / 100;
}

}  // namespace strata::bench
