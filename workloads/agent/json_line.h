#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::agent {

/// Writes one flat JSON object on one line. The agent says nothing else in JSON, and a library for
/// it would be larger than the agent.
class JsonLine {
 public:
  void number(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
  void truth(std::string_view name, bool value) { add(name, value ? "true" : "false"); }
  void null(std::string_view name) { add(name, "null"); }
  void text(std::string_view name, std::string_view value) { add(name, quoted(value)); }
  std::string finish() { return text_ + "}"; }

 private:
  void add(std::string_view name, std::string_view value) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += quoted(name);
    text_ += ':';
    text_ += value;
  }
  static std::string quoted(std::string_view value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') result += '\\';
      // Bytes that are not ASCII are written as if they were Latin-1: always valid, never lost.
      if (byte < 0x20 || byte >= 0x7f) {
        result += "\\u00";
        result += kHex[byte >> 4U];
        result += kHex[byte & 15U];
      } else {
        result += c;
      }
    }
    return result + "\"";
  }

  std::string text_ = "{";
};

}  // namespace strata::agent
