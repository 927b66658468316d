#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "results/fuzz/fuzz_entry.h"

namespace strata::results::testing {

/// Feeds `rounds` damaged copies of the samples to the entry, and the samples themselves: a few
/// bytes changed, taken out, doubled, or put together from two samples. The same ones every time.
inline void feed_mutations(const std::vector<std::string>& samples, int rounds) {
  const auto feed = [](const std::string& text) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  feed("");
  for (const auto& sample : samples) feed(sample);
  std::mt19937_64 random(20260301);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  static constexpr char kTokens[] = "{}[]\",:0123456789-.eE+\\\n nulltruefalse\x01\x7f\xff\xc3";
  for (int round = 0; round < rounds; ++round) {
    auto text = samples[below(samples.size())];
    for (auto changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
      const auto at = below(text.size());
      const auto length = 1 + below(1U << below(8));
      switch (below(6)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text[at] = kTokens[below(sizeof kTokens - 1)];
          break;
        case 2:
          text.insert(at, 1, kTokens[below(sizeof kTokens - 1)]);
          break;
        case 3:
          text.erase(at, length);
          break;
        case 4:
          text.insert(below(text.size()), text.substr(at, length));
          break;
        default: {
          const auto& other = samples[below(samples.size())];
          text = text.substr(0, at) + other.substr(below(other.size()));
        }
      }
    }
    feed(text);
  }
}

}  // namespace strata::results::testing
