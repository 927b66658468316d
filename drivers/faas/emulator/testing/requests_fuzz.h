#pragma once

#include <cstddef>
#include <cstdint>

namespace strata::drivers::faas::emulator::testing {

/// What the first byte of an input says it is.
enum class Input : std::uint8_t {
  kRequest,         ///< method, target, headers a line each, an empty line, body
  kRuntimeRequest,  ///< the same, from a sandbox
  kZip,
  kUrlAnswer,  ///< what a function answers to its URL
  kStored      ///< a function as it is stored
};
inline constexpr unsigned kInputCount = 5;

}  // namespace strata::drivers::faas::emulator::testing

/// Feeds the bytes to what takes them from outside. Aborts if it throws anything but Error, answers
/// a request not exactly once, or writes outside its folder. Always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
