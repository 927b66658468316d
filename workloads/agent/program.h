#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "workloads/agent/channel.h"
#include "workloads/agent/job.h"

namespace strata::agent {

/// How a job ended; what the sample says.
struct Ending {
  std::string start_error;  ///< not empty: the program could not be started
  int status = 0;           ///< as wait(2) gives it
  bool timed_out = false;
  bool host_gone = false;  ///< the host closed the stream; everything has been killed
  std::uint32_t processes_left = 0;
  std::uint64_t wall_ns = 0;
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::string output;
  std::string error_output;
  std::uint64_t output_bytes = 0;  ///< printed, kept or not
  std::uint64_t error_output_bytes = 0;
  bool truncated = false;
};

/// Once, before the first run_program: takes care of signals. Orphans are adopted.
void prepare_to_run_programs();

/// Runs the job to its end, or until its time is up or the host (if there is one to watch) is gone;
/// nothing it started is left. While it runs, only output, an end or the host wakes the agent.
Ending run_program(const Job& job, Channel* host);

/// The sample's JSON line; workloads/README.md describes it.
std::string sample_line(const Ending& ending);

}  // namespace strata::agent
