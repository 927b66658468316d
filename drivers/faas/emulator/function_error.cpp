#include "drivers/faas/emulator/function_error.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace strata::drivers::faas::emulator {
namespace {

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string function_error(std::string_view type, std::string_view request_id,
                           std::string_view message) {
  return text_of({{"errorType", type},
                  {"errorMessage", fmt::format("RequestId: {} Error: {}", request_id, message)}});
}

std::string timeout_error(std::string_view request_id, Duration limit) {
  return function_error("Sandbox.Timedout", request_id,
                        fmt::format("Task timed out after {:.2f} seconds",
                                    std::chrono::duration<double>(limit).count()));
}

std::string response_too_large_error() {
  return text_of(
      {{"errorType", "Function.ResponseSizeTooLarge"},
       {"errorMessage",
        fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                    kMostResponse)}});
}

}  // namespace strata::drivers::faas::emulator
