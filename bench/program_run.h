#pragma once

#include <string>
#include <vector>

#include "bench/definition.h"
#include "drivers/bundle.h"
#include "drivers/driver.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// The job that runs one workload: the bundle's command, the workload's arguments, and for a Google
/// Benchmark program the words that choose the benchmark and JSON on stdout.
drivers::Job make_job(const RunDefinition& definition, const WorkloadDefinition& workload,
                      const drivers::Bundle& bundle);

/// Puts into `trial` what the job's outcome says: metrics, checksum, sample line.
/// Throws Error if the program failed, was cut off, left processes behind or said what can't be
/// read; the text has the end of what it printed on stderr.
void read_outcome(const RunDefinition& definition, const WorkloadDefinition& workload,
                  const drivers::Outcome& outcome, Trial& trial);

/// Adds what the instance used as metrics; what could not be read is left out.
void add_usage(const drivers::Usage& usage, Trial& trial);

/// One of Strata's own workloads, as `strata-workloads --describe` says it.
struct WorkloadDescription {
  std::string name;
  std::string benchmark;  ///< what the program calls it
  std::string group;
  std::string summary;
  std::string metric = "real_time";
  std::string unit;
  Better better = Better::kLower;
  double seconds = 0;              ///< about, for one trial with the program's own defaults
  std::vector<std::string> needs;  ///< "scratch", "peer", "memory:64 MiB"
  std::string inside;              ///< see WorkloadDefinition::inside
};

/// Runs `job` in a fresh instance of the driver and returns what it printed on stdout.
/// Throws Error if it failed.
std::string capture_output(drivers::Driver& driver, const drivers::Prepared& prepared,
                           const drivers::Job& job, const Clock& clock);

/// Reads the lines of --describe. Throws Error naming the line.
std::vector<WorkloadDescription> parse_descriptions(const std::string& text);

}  // namespace strata::bench
