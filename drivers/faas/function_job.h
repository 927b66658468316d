#pragma once

#include <string>
#include <string_view>

#include "drivers/job.h"

namespace strata::drivers::faas {

/// The event that makes the agent in a function run the job. The job's program is started through
/// `loader`, a path in the bundle, if there is one: a function's file system may have no other.
/// Throws UsageError for a job that can't be sent.
std::string job_event(const Job& job, const std::string& loader);

/// What an invocation with such an event was answered with.
struct JobAnswer {
  Outcome outcome;
  std::uint64_t invocation = 0;  ///< which it was of its sandbox, from 1
};

/// Reads the answer, which is outside data. Throws ProgramNotStarted if that is what it says, and
/// Error if it is none.
JobAnswer read_job_answer(std::string_view payload, const Job& job);

/// Of an answer to any of the agent's own events. Throws Error naming what was tried.
std::uint64_t invocation_number(std::string_view payload, const std::string& tried);

}  // namespace strata::drivers::faas
