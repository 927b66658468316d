#pragma once

#include <random>
#include <string>

namespace strata::drivers::testing {

/// Changes inputs at random, in the same way for the same seed.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string change(std::string bytes) {
    for (std::size_t i = up_to(5) + 1; i > 0; --i) change_once(bytes);
    return bytes;
  }

 private:
  std::size_t up_to(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random_);
  }
  void change_once(std::string& bytes) {
    if (bytes.empty()) return;
    const auto at = up_to(bytes.size() - 1);
    switch (up_to(5)) {
      case 0:
        bytes[at] = static_cast<char>(up_to(255));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << up_to(7)));
        break;
      case 2:  // numbers at their limits
        for (std::size_t i = at; i < bytes.size() && i < at + 8; ++i) bytes[i] = '\xff';
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4:
        bytes.erase(at, up_to(8));
        break;
      default:
        bytes.insert(at, bytes.substr(up_to(bytes.size() - 1), up_to(40)));
        break;
    }
  }

  std::mt19937 random_;
};

}  // namespace strata::drivers::testing
