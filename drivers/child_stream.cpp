#include "drivers/child_stream.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "results/vocabulary/error.h"

namespace strata::drivers {

ChildEnds::ChildEnds() {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw system_error("make a socket pair for the agent", errno);
  }
  ours.reset(sockets[0]);
  theirs.reset(sockets[1]);
  side.reset(::memfd_create("strata-agent-stderr", MFD_CLOEXEC));
  if (!side) throw system_error("make a file for what the agent prints", errno);
}

std::size_t ChildStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  const auto count = socket_.read_some(buffer, deadline);
  ended_ = count == 0;
  return count;
}

std::string_view ChildStream::side_output() const {
  const auto count = ::pread(side_.get(), text_.data(), text_.size(), 0);
  return {text_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

}  // namespace strata::drivers
