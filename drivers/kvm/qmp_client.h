#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/byte_stream.h"

namespace strata::drivers {

/// Something that QEMU tells without being asked.
struct QmpEvent {
  std::string name;    ///< "SHUTDOWN", "GUEST_PANICKED", "MIGRATION", …
  std::string reason;  ///< data.reason or data.status; empty if it has neither
};

/// QEMU's machine protocol: JSON objects, one a line (QEMU, docs/interop/qmp-spec.txt). Owns
/// nothing; used from one thread. What comes is bounded, never trusted, and keeps no call beyond
/// its deadline.
class QmpClient {
 public:
  explicit QmpClient(ByteStream& stream) : stream_(stream) {}

  /// Waits for the greeting and returns when it came; then leaves negotiation mode. Throws Error.
  TimePoint greet(Deadline deadline);

  /// Has a command carried out and returns what it returned. Throws Error: said = what QEMU says.
  nlohmann::json execute(const std::string& command, const nlohmann::json& arguments,
                         Deadline deadline);

  /// The events that have come, oldest first, and forgets them: reads what is there, and until the
  /// stream ends or the deadline passes if `until_end`. Never throws.
  std::vector<QmpEvent> take_events(Deadline deadline, bool until_end);

 private:
  /// The next line as an object. Throws Error: no JSON, too long, the stream has ended.
  nlohmann::json next(Deadline deadline, const std::string& tried);
  void keep_event(const nlohmann::json& event);

  ByteStream& stream_;
  std::string received_;
  std::deque<QmpEvent> events_;
  int number_ = 0;
};

/// "the guest panicked", "the guest reset", … from QEMU's events; empty if they say nothing of an
/// end.
std::string describe_end(const std::vector<QmpEvent>& events);

/// What the system said when QEMU could not read or write a disk; empty if there is no such event.
std::string describe_disk_error(const std::vector<QmpEvent>& events);

/// The host's port in QEMU's "info usernet" that leads to `guest_port`; nothing if there is none.
std::optional<std::uint16_t> forwarded_port_in(const std::string& text, std::uint16_t guest_port);

}  // namespace strata::drivers
