#include "drivers/testing/scripted_stream.h"

#include <algorithm>
#include <span>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers::testing {

void ScriptedStream::say(std::string bytes, Duration after) {
  pieces_.push_back({std::move(bytes), after});
}

std::size_t ScriptedStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  if (pieces_.empty()) {
    if (!ended_) {
      clock_.sleep_until(deadline.at());
      throw DeadlineExceeded("read from the scripted stream", "nothing came");
    }
    arrival_ = clock_.now();
    return 0;
  }
  auto& first = pieces_.front();
  clock_.advance(std::exchange(first.after, Duration::zero()));
  arrival_ = clock_.now();
  auto count = std::min(buffer.size(), first.bytes.size());
  if (piece) count = std::clamp<std::size_t>(piece(), 1, count);
  std::ranges::copy(std::as_bytes(std::span(first.bytes).first(count)), buffer.begin());
  first.bytes.erase(0, count);
  if (first.bytes.empty()) pieces_.pop_front();
  return count;
}

void ScriptedStream::write_all(std::span<const std::byte> bytes, Deadline /*deadline*/) {
  written_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace strata::drivers::testing
