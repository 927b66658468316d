#pragma once

#include <cstddef>
#include <cstdint>

/// Feeds the bytes to what the agent reads of a function platform: the first byte says whether as
/// an HTTP answer, and in pieces of what size, or as an event. Aborts if what comes out breaks a
/// promise of its header. Always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
