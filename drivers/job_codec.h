#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "drivers/job.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {

/// The payload of a job frame (workloads/wire/job_fields.h). Throws UsageError for a job that can't
/// be: no program, a zero byte in an argument, a name with '=' in it, a negative time limit, or
/// more than a frame holds.
std::vector<std::byte> encode_job(const Job& job);

/// The program could not be started; nothing is wrong with the agent.
class ProgramNotStarted : public Error {
 public:
  using Error::Error;
};

/// Puts what a sample's JSON line says into `outcome`. The line is outside data: every field must
/// be there, of its type and in its range, and they must fit together; nothing else is taken for
/// true. `program` is for errors. Throws ProgramNotStarted if that is what it says, and Error if it
/// is no sample.
void read_sample(std::string_view line, std::string_view program, Outcome& outcome);

}  // namespace strata::drivers
