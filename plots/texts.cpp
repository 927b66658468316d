#include "plots/texts.h"

#include <fmt/format.h>

#include "results/numbers.h"

namespace strata::plots {

std::string quantity_text(double value, std::string_view unit) {
  auto text = results::format_quantity(value, unit);
  const auto micro = text.rfind(" us");
  if (micro != std::string::npos && micro + 3 == text.size()) text.replace(micro, 3, " µs");
  return text;
}

std::string bounds_text(const results::Interval& interval, double value, std::string_view unit) {
  const auto factor = results::scale_for(value, unit).factor;
  return interval_text({interval.low / factor, interval.high / factor});
}

std::string located_text(const results::Estimate& estimate, std::string_view unit) {
  auto text = quantity_text(estimate.value, unit);
  if (estimate.interval) text += " " + bounds_text(*estimate.interval, estimate.value, unit);
  return text;
}

std::string ratio_text(double ratio) { return results::format_significant(ratio) + "×"; }

std::string interval_text(const results::Interval& interval) {
  return fmt::format("[{}, {}]", results::format_significant(interval.low),
                     results::format_significant(interval.high));
}

std::string estimate_text(const results::Estimate& ratio) {
  auto text = ratio_text(ratio.value);
  if (ratio.interval) text += " " + interval_text(*ratio.interval);
  return text;
}

std::string percent_text(double relative) {
  return results::format_significant(relative * 100) + " %";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string script_safe(std::string json) {
  std::size_t at = 0;
  while ((at = json.find('<', at)) != std::string::npos) json.replace(at, 1, "\\u003c");
  return json;
}

}  // namespace strata::plots
