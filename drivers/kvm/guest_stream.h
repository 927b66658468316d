#pragma once

#include <optional>

#include "drivers/byte_stream.h"
#include "drivers/fd_stream.h"
#include "drivers/kvm/console_ring.h"
#include "drivers/kvm/vmm.h"

namespace strata::drivers {

/// The stream to a guest's agent. Whoever waits for the agent takes in what comes on the console
/// meanwhile, so that a guest that prints never has to wait for us. Used from one thread.
class GuestStream final : public ByteStream {
 public:
  explicit GuestStream(GuestChannels channels);

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return agent_.arrival(); }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;

  /// Takes in what has come on the console.
  void read_console(const Clock& clock);
  [[nodiscard]] const ConsoleRing& console() const { return ring_; }
  /// When the guest's kernel printed its first byte.
  [[nodiscard]] std::optional<TimePoint> first_byte() const { return first_byte_; }
  /// When the agent's mark came.
  [[nodiscard]] std::optional<TimePoint> mark() const { return mark_; }

 private:
  void wait(Deadline deadline);

  FdStream agent_;
  UniqueFd console_;
  ConsoleRing ring_;
  std::optional<TimePoint> first_byte_;
  std::optional<TimePoint> mark_;
};

}  // namespace strata::drivers
