#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace strata::drivers {

/// The last 64 KiB of what a guest printed on its console.
class ConsoleRing {
 public:
  static constexpr std::size_t kCapacity = 64UL * 1024;

  void add(std::string_view bytes);
  /// All that is kept, oldest first.
  [[nodiscard]] std::string text() const;
  /// The last whole lines of it, at most `lines` and `bytes`; of a kernel's panic the lines that
  /// say why rather than its registers.
  [[nodiscard]] std::string last_lines(std::size_t lines, std::size_t bytes) const;

 private:
  std::string kept_;
};

}  // namespace strata::drivers
