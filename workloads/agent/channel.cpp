#include "workloads/agent/channel.h"

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace strata::agent {
namespace {

constexpr std::size_t kReadSize = 64UL * 1024;
/// More than a frame waiting unread means that the host does not keep to the protocol.
constexpr std::size_t kMostWaiting = 2 * (wire::kHeaderSize + wire::kMaxPayload);

/// After a call that failed: whether it only has to be made again, once the descriptor is ready.
/// What we were given as input and output may not block: gVisor makes a host's sockets so.
bool waits_for(int fd, short events) {
  if (errno != EAGAIN) return false;
  pollfd watched{fd, events, 0};
  return ::poll(&watched, 1, -1) > 0 || errno == EINTR;
}

bool write_all(int fd, std::span<iovec> parts) {
  while (!parts.empty()) {
    const auto written = ::writev(fd, parts.data(), static_cast<int>(parts.size()));
    if (written < 0) {
      if (errno == EINTR || waits_for(fd, POLLOUT)) continue;
      return false;
    }
    auto left = static_cast<std::size_t>(written);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (!parts.empty()) {
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
  }
  return true;
}

}  // namespace

Channel::Status Channel::take_what_came() {
  if (received_.size() - used_ > kMostWaiting) {
    fault_ = "the host sent more frames than may wait";
    return Status::kBroken;
  }
  const auto before = received_.size();
  received_.resize(before + kReadSize);
  ssize_t count = 0;
  do {
    count = ::read(in_, received_.data() + before, kReadSize);
  } while (count < 0 && (errno == EINTR || waits_for(in_, POLLIN)));
  received_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count > 0) return Status::kNothing;
  // A reset connection is a host that died: an end like any other.
  if (received_.size() == used_) return Status::kEnd;
  fault_ = "the stream ended inside a frame";
  return Status::kBroken;
}

Channel::Status Channel::take_frame(Frame& frame) {
  const auto rest = std::span<const std::byte>(received_).subspan(used_);
  if (rest.size() < wire::kHeaderSize) return Status::kNothing;
  wire::FrameHeader header;
  const auto error = wire::decode_header(rest.first<wire::kHeaderSize>(), header);
  if (error != wire::HeaderError::kNone) {
    fault_ = wire::text_of(error);
    return Status::kBroken;
  }
  const auto whole = wire::kHeaderSize + header.length;
  if (rest.size() < whole) return Status::kNothing;
  frame = {header.type, rest.subspan(wire::kHeaderSize, header.length)};
  used_ += whole;
  return Status::kFrame;
}

bool Channel::take_signal(wire::FrameType type) {
  const auto rest = std::span<const std::byte>(received_).subspan(used_);
  const auto wanted = wire::encode_header({0, type});
  if (rest.size() < wanted.size() || !std::equal(wanted.begin(), wanted.end(), rest.begin())) {
    return false;
  }
  used_ += wanted.size();
  return true;
}

Channel::Status Channel::next(Frame& frame) {
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  for (;;) {
    if (const auto status = take_frame(frame); status != Status::kNothing) return status;
    if (const auto status = take_what_came(); status != Status::kNothing) return status;
  }
}

bool Channel::send(wire::FrameType type, std::span<const std::byte> payload) {
  do {
    const auto piece = payload.first(std::min<std::size_t>(payload.size(), wire::kMaxPayload));
    payload = payload.subspan(piece.size());
    auto header = wire::encode_header({static_cast<std::uint32_t>(piece.size()), type});
    // writev does not change what it writes; its type is older than const.
    std::array<iovec, 2> parts{
        {{header.data(), header.size()}, {const_cast<std::byte*>(piece.data()), piece.size()}}};
    if (!write_all(out_, parts)) return false;
  } while (!payload.empty());
  return true;
}

bool Channel::send(wire::FrameType type, std::string_view text) {
  return send(type, std::as_bytes(std::span(text)));
}

}  // namespace strata::agent
