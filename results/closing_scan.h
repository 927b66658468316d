#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace strata::results {

/// Looks for where a JSON string, array or object ends, in as many pieces as it comes in. The first
/// character it is given opens it. Quotes and brackets are all it looks at.
class ClosingScan {
 public:
  /// One past the closing character, if it is in [at, end), else end.
  const char* find(const char* at, const char* end) {
    while (at < end && !found_) at = in_string_ ? pass_string(at, end) : pass_others(at, end);
    return at;
  }
  [[nodiscard]] bool found() const { return found_; }

 private:
  /// Goes on within a string, up to and with its closing quote.
  const char* pass_string(const char* at, const char* end) {
    if (escaped_) {
      escaped_ = false;
      return at + 1;
    }
    at = std::find_if(at, end, [](char c) { return c == '"' || c == '\\'; });
    if (at == end) return end;
    escaped_ = *at == '\\';
    in_string_ = escaped_;
    found_ = !in_string_ && depth_ == 0;
    return at + 1;
  }

  /// Goes on between strings, up to and with the next quote or bracket.
  const char* pass_others(const char* at, const char* end) {
    at = std::find_if(at, end, [](char c) { return kMarks[static_cast<unsigned char>(c)]; });
    if (at == end) return end;
    if (*at == '"') {
      in_string_ = true;
    } else if (*at == '[' || *at == '{') {
      ++depth_;
    } else {
      found_ = --depth_ == 0;
    }
    return at + 1;
  }

  static constexpr auto kMarks = [] {
    std::array<bool, 256> marks{};
    for (const char c : {'"', '[', ']', '{', '}'}) marks[static_cast<unsigned char>(c)] = true;
    return marks;
  }();

  std::uint64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool found_ = false;
};

}  // namespace strata::results
