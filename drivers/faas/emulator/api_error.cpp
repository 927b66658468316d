#include "drivers/faas/emulator/api_error.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace strata::drivers::faas::emulator {

ApiError::ApiError(unsigned status, std::string name, const std::string& message,
                   std::string reason)
    : Error("answer a request", message),
      status_(status),
      name_(std::move(name)),
      message_(message),
      reason_(std::move(reason)) {}

std::string ApiError::body() const {
  constexpr unsigned kFirstServerError = 500;
  nlohmann::json json{{"Type", status_ < kFirstServerError ? "User" : "Service"}};
  // As AWS has it: throttling alone spells it small.
  json[name_ == "TooManyRequestsException" ? "message" : "Message"] = message_;
  if (!reason_.empty()) json["Reason"] = reason_;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ApiError invalid_parameter(const std::string& message) {
  return {400, "InvalidParameterValueException", message};
}

ApiError not_found(const std::string& message) {
  return {404, "ResourceNotFoundException", message};
}

}  // namespace strata::drivers::faas::emulator
