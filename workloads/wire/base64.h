#pragma once

// Base64 (RFC 4648, 4: with padding), in which a job and a program's output travel inside JSON.
// Both ends use it, hence on the wire. Includes nothing of ours and throws nothing of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strata::wire {

inline constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// How many characters that many bytes become.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Appends `bytes` to a string.
template <typename String>
void append_base64(String& out, std::string_view bytes) {
  const auto byte_at = [&](std::size_t i) {
    return i < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[i])} : 0U;
  };
  out.reserve(out.size() + base64_size(bytes.size()));
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = byte_at(i) << 16U | byte_at(i + 1) << 8U | byte_at(i + 2);
    out.push_back(kBase64Digits[group >> 18U]);
    out.push_back(kBase64Digits[group >> 12U & 63U]);
    out.push_back(i + 1 < bytes.size() ? kBase64Digits[group >> 6U & 63U] : '=');
    out.push_back(i + 2 < bytes.size() ? kBase64Digits[group & 63U] : '=');
  }
}

/// Appends what `text` stands for to a string. False if it is not Base64, to the last bit; `out`
/// has part of it then.
template <typename String>
bool decode_base64(std::string_view text, String& out) {
  constexpr std::uint8_t kNone = 255;
  static constexpr auto kValues = [] {
    std::array<std::uint8_t, 256> values{};
    for (auto& value : values) value = kNone;
    for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
      values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
  }();
  if (text.size() % 4 != 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  out.reserve(out.size() + text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : text) {
    const auto value = kValues[static_cast<unsigned char>(digit)];
    if (value == kNone) return false;
    bits = bits << 6U | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 255U));
    }
  }
  return (bits & ((1U << count) - 1)) == 0;
}

}  // namespace strata::wire
