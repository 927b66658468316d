#include "bench/experiments/experiment_tables.h"

#include "bench/experiments/experiment.h"
#include "bench/experiments/ladder_table.h"

namespace strata::bench {

std::string experiment_tables(const results::ResultHead& head,
                              const std::filesystem::path& result_file, bool colour) {
  const auto definition = definition_from_json_text(head.header.definition);
  std::string text;
  for (const auto* const experiment : experiment_table()) {
    Shown shown{head, result_file, {}, colour};
    for (const auto& workload : definition.workloads) {
      if (workload.experiment == experiment->name) shown.workloads.push_back(workload);
    }
    if (!shown.workloads.empty() && experiment->tables != nullptr) {
      text += experiment->tables(shown);
    }
  }
  return text + ladder_table(head, result_file, colour);
}

}  // namespace strata::bench
