#include "workloads/registry.h"

#include <algorithm>

namespace strata::workloads {
namespace {

std::vector<Description>& registered() {
  static std::vector<Description> list;
  return list;
}

}  // namespace

bool add_workload(const Description& description, const Workload& workload) {
  // Real time: half of the workloads wait for another process, a disk or a network.
  benchmark::RegisterBenchmark(description.name.c_str(), workload)->UseRealTime();
  auto& list = registered();
  const auto place =
      std::lower_bound(list.begin(), list.end(), description,
                       [](const Description& a, const Description& b) { return a.name < b.name; });
  list.insert(place, description);
  return true;
}

const std::vector<Description>& all_workloads() { return registered(); }

}  // namespace strata::workloads
