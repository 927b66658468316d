#pragma once

// What is said to the server that the net workloads talk to (strata-workloads --serve). Each TCP
// connection begins with an opening of kOpeningSize bytes,
//
//     "strata X 00000040\n"
//
// X the service, then a size in hexadecimal digits; or with "GET ", and is HTTP/1.1 then.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::workloads {

/// What a connection is for. Size: that of a message; unused where nothing is said of it.
enum class PeerService : char {
  kEcho = 'E',      ///< each message of size bytes comes back
  kOnce = 'O',      ///< one message of size bytes comes back, then the server closes
  kUpload = 'U',    ///< what comes until the client's end is counted; the count goes back, 8 bytes
  kDownload = 'D',  ///< bytes come until the client closes
};

inline constexpr std::size_t kOpeningSize = 18;

/// What the server of an upload or download has in its stream: this many bytes, again and again.
inline constexpr std::size_t kStreamBlock = 128UL * 1024;

inline std::string peer_opening(PeerService service, std::uint32_t size = 0) {
  std::string text = "strata ";
  text += static_cast<char>(service);
  text += ' ';
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(size >> shift) & 0xfU];
  return text + '\n';
}

struct PeerOpening {
  PeerService service;
  std::uint32_t size;
};

/// Reads an opening of kOpeningSize bytes; none if it is not one.
inline std::optional<PeerOpening> parse_peer_opening(std::string_view text) {
  if (text.size() != kOpeningSize || text.substr(0, 7) != "strata " || text[8] != ' ' ||
      text.back() != '\n' || std::string_view("EOUD").find(text[7]) == std::string_view::npos) {
    return std::nullopt;
  }
  std::uint32_t size = 0;
  for (const char c : text.substr(9, 8)) {
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    size = size << 4U | static_cast<std::uint32_t>(digit);
  }
  return PeerOpening{static_cast<PeerService>(text[7]), size};
}

}  // namespace strata::workloads
