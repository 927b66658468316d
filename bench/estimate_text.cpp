#include "bench/estimate_text.h"

#include <fmt/format.h>

#include "bench/numbers.h"

namespace strata::bench {

std::string interval_text(const results::Interval& interval) {
  return fmt::format("[{}, {}]", format_significant(interval.low),
                     format_significant(interval.high));
}

std::string located(const results::CellSummary& cell) {
  auto text = format_quantity(cell.location.value, cell.unit);
  if (!cell.location.interval) return text;
  const auto factor = scale_for(cell.location.value, cell.unit).factor;
  return text + " " +
         interval_text(
             {cell.location.interval->low / factor, cell.location.interval->high / factor});
}

}  // namespace strata::bench
