#include "workloads/text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "workloads/registry.h"

namespace strata::workloads {
namespace {

std::string made_up_word(Random& random) {
  constexpr const char* kConsonants = "bcdfghklmnprstvw";
  constexpr const char* kVowels = "aeiou";
  std::string word;
  const auto syllables = 1 + random.below(4);
  for (std::uint64_t i = 0; i < syllables; ++i) {
    word += kConsonants[random.below(16)];
    word += kVowels[random.below(5)];
    if (random.below(3) == 0) word += kConsonants[random.below(16)];
  }
  return word;
}

}  // namespace

std::string sample_text(std::size_t size) {
  constexpr std::size_t kWords = 5000;
  Random random;
  std::vector<std::string> words(kWords);
  for (auto& word : words) word = made_up_word(random);
  std::string text;
  text.reserve(size + 64);
  std::uint64_t words_in_sentence = 0;
  while (text.size() < size) {
    // A power of the uniform puts most draws on few words.
    const double draw = std::pow(random.fraction(), 3);
    const auto& word = words[static_cast<std::size_t>(draw * kWords)];
    const auto sort = random.below(100);
    if (sort == 0) {
      text += word + "@" + words[random.below(kWords)] + ".example";
    } else if (sort == 1) {
      text += "20" + std::to_string(10 + random.below(20)) + "-" +
              std::to_string(10 + random.below(3)) + "-" + std::to_string(10 + random.below(19));
    } else if (sort == 2) {
      text += std::to_string(random.below(100'000));
    } else {
      text += word;
    }
    const bool ends = ++words_in_sentence > 6 + random.below(12);
    text += ends ? ".\n" : " ";
    if (ends) words_in_sentence = 0;
  }
  text.resize(size);
  return text;
}

}  // namespace strata::workloads
