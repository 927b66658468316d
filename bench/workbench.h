#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/definition.h"
#include "bench/program_run.h"
#include "bench/workspace.h"
#include "drivers/driver.h"
#include "drivers/driver_table.h"

namespace strata::bench {

/// What every command that starts instances needs: a run id, its private folder and the drivers'
/// context. The folder and all that drivers made go with it.
class Workbench {
 public:
  /// `run_id`: of a run that is resumed; empty: a new one. Throws Error.
  explicit Workbench(Clock& clock, const std::string& run_id = {});

  [[nodiscard]] Clock& clock() const { return context_.clock; }
  [[nodiscard]] const std::string& run_id() const { return context_.run_id; }
  [[nodiscard]] const WorkspacePaths& paths() const { return paths_; }
  [[nodiscard]] const drivers::DriverContext& context() const { return context_; }

  /// Strata's own workloads as they describe themselves. Throws Error.
  [[nodiscard]] std::vector<WorkloadDescription> describe_workloads() const;
  /// The benchmarks of a Google Benchmark program. Throws Error.
  [[nodiscard]] std::vector<std::string> list_benchmarks(
      const ProgramDefinition& program, const std::vector<std::string>& arguments) const;
  /// The bundle of a program with this build's agent. Throws UsageError.
  [[nodiscard]] drivers::Bundle bundle(const ProgramDefinition& program) const;
  /// The path of strata-workloads.
  [[nodiscard]] std::filesystem::path own_workloads() const;

 private:
  [[nodiscard]] std::string output_of(const ProgramDefinition& program,
                                      std::vector<std::string> arguments) const;

  WorkspacePaths paths_;
  RunFolder folder_;
  drivers::DriverContext context_;
};

/// Removes what runs that are dead have left behind: processes, containers, folders; with
/// `with_cache` also prepared bundles and images. `chosen` narrows it to certain run ids. One line
/// for each thing removed; `problems` gets what could not be looked at.
std::vector<std::string> clean_up(const Workbench& workbench, bool with_cache,
                                  const std::function<bool(std::string_view)>& chosen,
                                  std::vector<std::string>& problems);

/// The target called `name`: one that `defined` holds, else a shipped one. Throws UsageError (near
/// match).
Target find_target(const std::string& name, const std::map<std::string, Target>& defined);

/// Every shipped target, in the drivers' order.
std::vector<Target> shipped_targets();

}  // namespace strata::bench
