#pragma once

#include <string>
#include <string_view>

namespace strata::drivers::faas::emulator {

/// What a caller may write for a function: its name, "name:qualifier", "account:function:name", or
/// an ARN with or without a qualifier.
struct FunctionName {
  std::string name;
  std::string qualifier;  ///< empty: none was given
};

/// Throws ApiError (ValidationException) for what is none of these.
FunctionName parse_function_name(std::string_view text);

/// Up to 64 letters, digits, '-' and '_'.
bool is_function_name(std::string_view text);

}  // namespace strata::drivers::faas::emulator
