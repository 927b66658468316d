#include "results/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace strata::results {
namespace {

template <typename Number>
void append_digits(std::string& out, Number value) {
  std::array<char, 32> digits{};  // the longest double takes 24
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

std::string dumped(const nlohmann::json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_number(std::string& out, double value) {
  constexpr double kExact = 0x1p53;
  if (std::abs(value) < kExact && value == std::trunc(value) &&
      !(value == 0 && std::signbit(value))) {
    append_digits(out, static_cast<std::int64_t>(value));
    return;
  }
  if (value == 0) {
    out += "-0.0";  // without the fraction it would come back as the integer 0
    return;
  }
  append_digits(out, value);
}

void append_number(std::string& out, std::uint64_t value) { append_digits(out, value); }
void append_number(std::string& out, std::int64_t value) { append_digits(out, value); }

void append_text(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += dumped(text);
  }
}

}  // namespace strata::results
