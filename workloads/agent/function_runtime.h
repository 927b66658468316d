#pragma once

#include <string>

namespace strata::agent {

/// The agent as the bootstrap of a function: a runtime that speaks AWS Lambda's Runtime API
/// (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) at `api`, "ADDRESS:PORT". Asks for one
/// event after the other, does what it says (workloads/wire/function_event.h) and answers, until
/// the platform ends it.
///
/// The bundle lies where LAMBDA_TASK_ROOT says; programs get STRATA_SCRATCH as their scratch
/// folder, or /tmp, the one place a function may write to. A job gets no more time than its
/// invocation has left, so that its end is reported before the platform ends the sandbox. `hello`
/// is one flat JSON object. Returns the exit code if the platform can't be understood or has gone
/// away; says why on stderr, which is a function's log.
int serve_function(std::string api, const std::string& hello);

}  // namespace strata::agent
