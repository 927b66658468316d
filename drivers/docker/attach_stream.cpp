#include "drivers/docker/attach_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers {

bool AttachDemultiplexer::add(std::span<const std::byte> bytes, std::string& output) {
  constexpr std::size_t kMostSide = 64UL * 1024;
  while (!bytes.empty()) {
    if (piece_left_ == 0) {
      header_.at(header_size_++) = bytes.front();
      bytes = bytes.subspan(1);
      if (header_size_ < header_.size()) continue;
      header_size_ = 0;
      const auto which = std::to_integer<unsigned>(header_[0]);
      const bool zeros =
          header_[1] == std::byte{0} && header_[2] == std::byte{0} && header_[3] == std::byte{0};
      if ((which != 1 && which != 2) || !zeros) return false;
      to_side_ = which == 2;
      for (std::size_t i = 4; i < header_.size(); ++i) {
        piece_left_ = (piece_left_ << 8U) | std::to_integer<std::size_t>(header_[i]);
      }
      continue;
    }
    const auto piece = bytes.first(std::min(bytes.size(), piece_left_));
    const auto* const text = reinterpret_cast<const char*>(piece.data());
    if (to_side_) {
      side_.append(text, std::min(piece.size(), kMostSide - side_.size()));
    } else {
      output.append(text, piece.size());
    }
    piece_left_ -= piece.size();
    bytes = bytes.subspan(piece.size());
  }
  return true;
}

AttachStream::AttachStream(EngineClient::Hijacked hijacked, const Clock& clock)
    : socket_(std::move(hijacked.socket), "the container"), clock_(clock) {
  take(std::as_bytes(std::span(hijacked.first_bytes)));
}

void AttachStream::take(std::span<const std::byte> bytes) {
  Piece piece{{}, clock_.now()};
  if (!demultiplexer_.add(bytes, piece.bytes)) {
    throw Error("read from the container", "the engine's attach stream has a header that is none",
                "what answers at this socket is no Docker engine");
  }
  if (!piece.bytes.empty()) pieces_.push_back(std::move(piece));
}

bool AttachStream::pump() {
  // A deadline that has passed: what has not come yet is not waited for.
  const Deadline at_once(clock_, clock_.now());
  std::array<std::byte, 16UL * 1024> raw;
  try {
    while (!ended_) {
      const auto count = socket_.read_some(raw, at_once);
      ended_ = count == 0;
      take(std::span(raw).first(count));
    }
  } catch (const DeadlineExceeded&) {
    return true;
  }
  return false;
}

std::size_t AttachStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  std::array<std::byte, 16UL * 1024> raw;
  while (pieces_.empty()) {
    const auto count = ended_ ? 0 : socket_.read_some(raw, deadline);
    if (count == 0) {
      ended_ = true;
      arrival_ = clock_.now();
      return 0;
    }
    take(std::span(raw).first(count));
  }
  auto& piece = pieces_.front();
  arrival_ = piece.arrival;
  const auto size = std::min(buffer.size(), piece.bytes.size());
  std::memcpy(buffer.data(), piece.bytes.data(), size);
  piece.bytes.erase(0, size);
  if (piece.bytes.empty()) pieces_.pop_front();
  return size;
}

void AttachStream::write_all(std::span<const std::byte> bytes, Deadline deadline) {
  socket_.write_all(bytes, deadline);
}

}  // namespace strata::drivers
