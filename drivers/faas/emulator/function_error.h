#pragma once

#include <string>
#include <string_view>

#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

/// The most that a runtime may answer, and a caller may send, in bytes.
inline constexpr std::uint64_t kMostPayload = 6ULL << 20U;
inline constexpr std::uint64_t kMostResponse = 6'291'556;
inline constexpr std::uint64_t kMostEventPayload = 256ULL << 10U;

/// {"errorType":…,"errorMessage":"RequestId: … Error: …"}: what Lambda itself answers for a
/// function that can't.
std::string function_error(std::string_view type, std::string_view request_id,
                           std::string_view message);
std::string timeout_error(std::string_view request_id, Duration limit);
std::string response_too_large_error();

}  // namespace strata::drivers::faas::emulator
