#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::agent {

/// What an invocation asks for: see workloads/wire/function_event.h.
struct FunctionEvent {
  enum class Kind { kEcho, kHello, kWait, kJob, kUnreadable };
  Kind kind = Kind::kEcho;
  std::string fields;              ///< of a job: the payload of a job frame
  std::uint64_t milliseconds = 0;  ///< to wait
  std::string_view fault;          ///< why it can't be read
};

/// Reads an event. One that is not meant for the agent, or is no JSON, is an echo. Without
/// exceptions; takes time in proportion to the text, and no recursion.
FunctionEvent read_function_event(std::string_view text);

}  // namespace strata::agent
