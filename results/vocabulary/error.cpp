#include "results/vocabulary/error.h"

#include <system_error>
#include <utility>

namespace strata {

std::string to_string(const Failure& failure) {
  std::string text = failure.tried;
  for (const auto& [separator, part] :
       {std::pair{": ", &failure.said}, std::pair{"; ", &failure.do_next}}) {
    if (part->empty()) continue;
    if (!text.empty()) text += separator;
    text += *part;
  }
  return text;
}

Error::Error(Failure failure)
    : std::runtime_error(to_string(failure)), failure_(std::move(failure)) {}

Error::Error(std::string tried, std::string said, std::string do_next)
    : Error(Failure{std::move(tried), std::move(said), std::move(do_next)}) {}

Error system_error(std::string tried, int error_number, std::string do_next) {
  return {std::move(tried), std::generic_category().message(error_number), std::move(do_next)};
}

}  // namespace strata
