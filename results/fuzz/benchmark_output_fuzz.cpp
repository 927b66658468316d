#include <cmath>
#include <cstdlib>
#include <set>
#include <string_view>

#include "results/fuzz/fuzz_entry.h"
#include "results/google_benchmark.h"
#include "results/vocabulary/error.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto output = strata::results::parse_benchmark_output(text, "a/1");
    require(output.metrics.size() >= 3);
    std::set<std::string> names;
    for (const auto& metric : output.metrics) {
      require(std::isfinite(metric.value));
      require(names.insert(metric.name).second);
    }
  } catch (const strata::Error& error) {
    require(!error.failure().tried.empty() && !error.failure().said.empty());
    require(std::string_view(error.what()).size() < 1000);
  }
  try {
    for (const auto& name : strata::results::parse_benchmark_list(text)) require(!name.empty());
  } catch (const strata::Error& error) {
    require(!error.failure().said.empty());
  }
  return 0;
}
