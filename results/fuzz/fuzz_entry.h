#pragma once

#include <cstddef>
#include <cstdint>

/// Feeds the bytes to one parser of outside data. Aborts if it breaks a promise: it throws nothing
/// but strata::Error, and what it accepts is what its declaration says. Always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
