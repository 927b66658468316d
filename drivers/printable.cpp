#include "drivers/printable.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::drivers {

std::string printable(std::string_view bytes, std::size_t most) {
  // A text's own last line end says nothing.
  auto shown = bytes;
  while (shown.ends_with('\n') || shown.ends_with('\r')) shown.remove_suffix(1);
  const bool cut = shown.size() > most;
  std::string text;
  for (const char c : shown.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else if (c == '\n') {
      text += " | ";
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  if (cut) text += fmt::format("… ({} bytes)", bytes.size());
  return text;
}

std::string printable(std::span<const std::byte> bytes, std::size_t most) {
  return printable(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                   most);
}

}  // namespace strata::drivers
