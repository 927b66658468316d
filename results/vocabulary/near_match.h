#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata {

/// The candidate that `word` was most likely meant to be: fewest insertions, deletions,
/// replacements and swaps of neighbours (optimal string alignment), at most a third of the word's
/// length and at least one; or the only candidate that begins with `word`. Nothing if none is near.
std::optional<std::string> near_match(std::string_view word,
                                      std::span<const std::string> candidates);

/// For an error's "what to do": "did you mean \"docker\"? known: docker, process".
std::string suggest(std::string_view word, std::span<const std::string> candidates);

}  // namespace strata
