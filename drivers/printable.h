#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace strata::drivers {

/// Outside data as an error text may show it: ASCII on one line, what can't be printed as \xNN, and
/// "… (N bytes)" behind the first `most` bytes. Never fails, whatever the bytes are.
std::string printable(std::string_view bytes, std::size_t most = 200);
std::string printable(std::span<const std::byte> bytes, std::size_t most = 200);

}  // namespace strata::drivers
