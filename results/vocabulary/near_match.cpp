#include "results/vocabulary/near_match.h"

#include <algorithm>
#include <vector>

namespace strata {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> near_match(std::string_view word,
                                      std::span<const std::string> candidates) {
  // A word much longer than any name of ours is not a slip of the finger, and the table above is n
  // x m.
  constexpr std::size_t kLongest = 200;
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const auto d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  if (best) return best;
  const auto begins = [&](const std::string& candidate) { return candidate.starts_with(word); };
  if (std::count_if(candidates.begin(), candidates.end(), begins) == 1) {
    return *std::find_if(candidates.begin(), candidates.end(), begins);
  }
  return std::nullopt;
}

std::string suggest(std::string_view word, std::span<const std::string> candidates) {
  std::string text;
  if (const auto near = near_match(word, candidates)) text = "did you mean \"" + *near + "\"? ";
  text += "known: ";
  constexpr std::size_t kMostNamed = 20;
  for (std::size_t i = 0; i < candidates.size() && i < kMostNamed; ++i) {
    if (i > 0) text += ", ";
    text += candidates[i];
  }
  if (candidates.size() > kMostNamed) text += ", …";
  if (candidates.empty()) text += "none";
  return text;
}

}  // namespace strata
