#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/faas/emulator/function.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

/// What a caller asks for.
struct InvocationRequest {
  std::shared_ptr<const FunctionVersion> function;
  std::string request_id;  ///< a UUID
  std::string payload;
  std::string invoked_arn;
  std::string client_context;  ///< Base64, as it came; may be empty
  std::string trace_id;
  bool wants_log = false;
};

/// How it ended. Throttled, or answered by the function, whether it did well or not.
struct InvocationResult {
  enum class Kind : std::uint8_t {
    kAnswered,
    kThrottled,   ///< `reason` says by which limit
    kUnavailable  ///< the emulator could not run it: `payload` says why
  };
  Kind kind = Kind::kAnswered;
  std::string payload;
  std::string content_type;    ///< what the runtime said; may be empty
  std::string function_error;  ///< "Unhandled" or "Handled"; empty: it did well
  std::string reason;
  std::string log;  ///< the end of its log, at most 4 KiB, if the caller wants it
  std::shared_ptr<const FunctionVersion> function;
};

using InvocationDone = std::function<void(InvocationResult)>;

/// One invocation on its way to and through a sandbox. Belongs to the Platform.
struct Invocation {
  InvocationRequest request;
  InvocationDone done;
  TimePoint accepted;
  TimePoint give_up;             ///< for one that waits at a limit: when it is throttled after all
  TimePoint started;             ///< when a sandbox took it
  TimePoint deadline;            ///< when its function's time is up
  std::optional<Duration> init;  ///< of the sandbox, if it was started for this one
};

}  // namespace strata::drivers::faas::emulator
