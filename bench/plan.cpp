#include "bench/plan.h"

#include <random>
#include <utility>

namespace strata::bench {
namespace {

/// Uniform in [0, bound), by rejection. Not std::uniform_int_distribution nor std::shuffle: what
/// they draw is each library's own choice, and a seed has to mean the same plan everywhere.
std::uint64_t draw_below(std::mt19937_64& random, std::uint64_t bound) {
  const std::uint64_t limit = std::mt19937_64::max() - std::mt19937_64::max() % bound;
  std::uint64_t value = random();
  while (value >= limit) value = random();
  return value % bound;
}

template <typename T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(draw_below(random, i))]);
  }
}

}  // namespace

std::vector<PlannedTrial> make_plan(const PlanRequest& request) {
  std::mt19937_64 random(request.seed);
  std::vector<PlannedTrial> plan;
  plan.reserve(request.blocks * request.workloads.size() * (request.targets.size() + 1));
  for (std::uint32_t block = 0; block < request.blocks; ++block) {
    auto workloads = request.workloads;
    shuffle(workloads, random);
    for (const auto& workload : workloads) {
      std::vector<PlannedTrial> arms;
      for (const auto& target : request.targets) arms.push_back({workload, target, false, block});
      arms.push_back({workload, request.baseline, true, block});
      shuffle(arms, random);
      plan.insert(plan.end(), arms.begin(), arms.end());
    }
  }
  return plan;
}

}  // namespace strata::bench
