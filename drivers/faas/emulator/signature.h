#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "drivers/faas/emulator.h"
#include "drivers/faas/emulator/http_message.h"

namespace strata::drivers::faas::emulator {

/// Checks a request's signature (AWS Signature Version 4, in the Authorization header). Throws
/// ApiError: MissingAuthenticationToken, UnrecognizedClient, InvalidSignature, as AWS does.
/// Source: AWS's "Create a signed AWS API request".
void require_signature(HttpRequest& request, const Credentials& credentials,
                       std::string_view region, std::chrono::system_clock::time_point now);

}  // namespace strata::drivers::faas::emulator
