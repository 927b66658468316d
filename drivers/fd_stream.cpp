#include "drivers/fd_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers {

void wait_for(int fd, short events, Deadline deadline, const std::string& tried) {
  for (;;) {
    // poll passes over negative descriptors.
    std::array<pollfd, 2> watched{{{fd, events, 0}, {deadline.cancellation_fd(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), deadline.poll_milliseconds());
    if (ready > 0 && watched[0].revents != 0) return;
    if (ready > 0) throw DeadlineExceeded(tried, "it was called off");
    if (ready < 0 && errno != EINTR) throw system_error(tried, errno);
    if (ready == 0 && deadline.expired()) {
      throw DeadlineExceeded(tried, "nothing came before the deadline");
    }
  }
}

FdStream::FdStream(UniqueFd fd, std::string peer) : fd_(std::move(fd)), peer_(std::move(peer)) {
  ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
}

std::size_t FdStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  for (;;) {
    const auto count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count >= 0) {
      arrival_ = deadline.clock().now();
      return static_cast<std::size_t>(count);
    }
    // A peer that died with unread input of ours resets the connection: for the reader that is its
    // end.
    if (errno == ECONNRESET) return 0;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw system_error(fmt::format("read from {}", peer_), errno);
    wait_for(fd_.get(), POLLIN, deadline, fmt::format("read from {}", peer_));
  }
}

void FdStream::write_all(std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN)
      throw system_error(fmt::format("write to {}", peer_), errno, "it has probably died");
    wait_for(fd_.get(), POLLOUT, deadline, fmt::format("write to {}", peer_));
  }
}

}  // namespace strata::drivers
