#include <cmath>
#include <cstdlib>

#include "results/fuzz/fuzz_entry.h"
#include "results/fuzz/memory_file.h"
#include "results/result.h"
#include "results/vocabulary/error.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const strata::results::testing::MemoryFile file(data, size);
  try {
    strata::results::Summarizer summarizer("process");
    const auto head = strata::results::read_result(file.path(), [&](const strata::Trial& trial) {
      for (const auto& metric : trial.metrics) require(std::isfinite(metric.value));
      summarizer.add(trial);
    });
    require(head.header.schema == strata::results::kSchemaVersion);
    static_cast<void>(summarizer.finish());
  } catch (const strata::UsageError& error) {
    require(!error.failure().said.empty());
  }
  return 0;
}
