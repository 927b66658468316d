#pragma once

#include <string>

#include "drivers/byte_stream.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// A ByteStream over one descriptor that is read and written: a socket.
class FdStream final : public ByteStream {
 public:
  /// Makes `fd` non-blocking. `peer` names the other end in error texts: "the agent".
  FdStream(UniqueFd fd, std::string peer);

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return arrival_; }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;
  void close() { fd_.reset(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::string peer_;
  TimePoint arrival_;
};

/// Waits until `fd` is ready for `events` (poll(2)) or has an error or hang-up, which the next call
/// on it will tell. Throws DeadlineExceeded: tried = `tried`.
void wait_for(int fd, short events, Deadline deadline, const std::string& tried);

}  // namespace strata::drivers
