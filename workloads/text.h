#pragma once

#include <cstddef>
#include <string>

namespace strata::workloads {

/// `size` bytes of text from a fixed seed: sentences of words that are made up, some frequent and
/// most rare as in a language (Zipf), with addresses, dates and numbers between them. zstd takes it
/// to about a third. `strata-workloads --print-text SIZE` gives it to peers.
std::string sample_text(std::size_t size);

}  // namespace strata::workloads
