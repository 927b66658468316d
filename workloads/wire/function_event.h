#pragma once

// What an invocation of a function that Strata's agent serves says and answers, as JSON, since that
// is all a function platform carries. A header-only leaf that includes nothing of ours.
//
//     {"strata":"job","fields":"BASE64"}       run the job (job_fields.h); answered by
//         {"invocation":2,"sample":{…},"output":"BASE64","error_output":"BASE64"}
//     {"strata":"hello"}                       the agent's hello, and which invocation this is
//     {"strata":"wait","milliseconds":100}     sleeps, computes nothing; {"invocation":2}
//     anything else                            comes back as it is: the no-op to measure with
//
// `invocation` counts from 1 in each sandbox: what answers with 1 was started for it.

#include <cstddef>
#include <string_view>

namespace strata::wire {

inline constexpr std::string_view kEventKey = "strata";
inline constexpr std::string_view kEventJob = "job";
inline constexpr std::string_view kEventHello = "hello";
inline constexpr std::string_view kEventWait = "wait";
inline constexpr std::string_view kEventFields = "fields";
inline constexpr std::string_view kEventMilliseconds = "milliseconds";

inline constexpr std::string_view kAnswerInvocation = "invocation";
inline constexpr std::string_view kAnswerSample = "sample";
inline constexpr std::string_view kAnswerOutput = "output";
inline constexpr std::string_view kAnswerErrorOutput = "error_output";

/// The largest event and the largest answer of an invocation that is waited for (AWS Lambda's).
inline constexpr std::size_t kMostPayload = 6UL << 20U;
/// What a program may print, both streams together, so that the answer fits. Beyond, the agent cuts
/// it off and says so.
inline constexpr std::size_t kMostFunctionOutput = (kMostPayload - 64UL * 1024) / 4 * 3;

}  // namespace strata::wire
