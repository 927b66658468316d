#include "drivers/kvm/guest_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "results/vocabulary/error.h"
#include "workloads/wire/frame.h"

namespace strata::drivers {
GuestStream::GuestStream(GuestChannels channels)
    : agent_(std::move(channels.agent), "the agent"), console_(std::move(channels.console)) {
  ::fcntl(console_.get(), F_SETFL, ::fcntl(console_.get(), F_GETFL) | O_NONBLOCK);
}

void GuestStream::read_console(const Clock& clock) {
  constexpr char kMark = static_cast<char>(wire::kConsoleMark);
  std::array<char, 4096> buffer;
  while (console_) {
    const auto count = ::read(console_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      console_.reset();  // it has ended; poll would tell so for ever
      return;
    }
    const auto now = clock.now();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (!first_byte_) first_byte_ = now;
    if (!mark_ && bytes.find(kMark) != std::string_view::npos) mark_ = now;
    ring_.add(bytes);
  }
}

void GuestStream::wait(Deadline deadline) {
  constexpr auto kTried = "wait for the agent";
  for (;;) {
    // poll passes over a descriptor that is -1.
    std::array<pollfd, 3> watched{{{agent_.fd(), POLLIN, 0},
                                   {console_.get(), POLLIN, 0},
                                   {deadline.cancellation_fd(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), deadline.poll_milliseconds());
    if (ready < 0 && errno != EINTR) throw system_error(kTried, errno);
    if (ready > 0 && watched[1].revents != 0) read_console(deadline.clock());
    if (ready > 0 && watched[0].revents != 0) return;
    if (ready > 0 && watched[2].revents != 0) throw DeadlineExceeded(kTried, "it was called off");
    if (deadline.expired()) throw DeadlineExceeded(kTried, "nothing came before the deadline");
  }
}

std::size_t GuestStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  wait(deadline);
  return agent_.read_some(buffer, deadline);
}

void GuestStream::write_all(std::span<const std::byte> bytes, Deadline deadline) {
  agent_.write_all(bytes, deadline);
}

}  // namespace strata::drivers
