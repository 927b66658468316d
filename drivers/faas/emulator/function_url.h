#pragma once

#include <string>
#include <string_view>

#include "drivers/faas/emulator/http_message.h"
#include "drivers/faas/emulator/invocation.h"

namespace strata::drivers::faas::emulator {

/// The id of a function URL in a Host header, "ID.lambda-url.REGION.…"; empty if it is none.
std::string_view url_id(std::string_view host);

/// A plain HTTP request as an event of payload format 2.0.
std::string url_event(HttpRequest& request, std::string_view id, const std::string& request_id);

/// What the function answered as an HTTP response, by the rules of payload format 2.0: an object
/// with statusCode says it all, anything else is a JSON body.
HttpResponse url_response(const InvocationResult& result);

}  // namespace strata::drivers::faas::emulator
