#pragma once

#include <cstddef>
#include <cstdint>

namespace strata::drivers::testing {

/// The parsers of what comes from outside: an input's first byte says which one gets the rest.
enum class Parser : std::uint8_t {
  kElf,
  kLdCache,
  kSample,
  kConversation,
  kScript,
  kProcessStat,
  kReportLine,
  kJobAnswer,
  kModulesDep,
  kMonitor,
  kUserNetwork,
};
inline constexpr unsigned kParserCount = 11;

}  // namespace strata::drivers::testing

/// Feeds the bytes to one of the parsers. Aborts if what comes out breaks a promise of its header;
/// an exception that the header does not name escapes. Always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
