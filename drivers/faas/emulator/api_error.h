#pragma once

#include <string>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {

/// A request that is refused in AWS's own words. Thrown by whoever finds the reason, turned into an
/// answer in one place.
class ApiError : public Error {
 public:
  /// `name` is AWS's: "ResourceNotFoundException".
  ApiError(unsigned status, std::string name, const std::string& message, std::string reason = {});

  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  /// {"Type":"User","Message":…}, with "Reason" if there is one.
  [[nodiscard]] std::string body() const;

 private:
  unsigned status_;
  std::string name_;
  std::string message_;
  std::string reason_;
};

/// 400 InvalidParameterValueException: what most wrong members of a request get.
ApiError invalid_parameter(const std::string& message);
/// 404 ResourceNotFoundException.
ApiError not_found(const std::string& message);

}  // namespace strata::drivers::faas::emulator
