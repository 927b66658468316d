#include "drivers/docker/attach_demultiplexer.h"

#include <algorithm>

namespace strata::drivers {
namespace {

constexpr std::size_t kMostSide = 64UL * 1024;
constexpr std::byte kStdout{1};
constexpr std::byte kStderr{2};

}  // namespace

bool AttachDemultiplexer::read_header() {
  const auto zeros = std::span(header_).subspan(1, 3);
  if ((header_[0] != kStdout && header_[0] != kStderr) ||
      std::ranges::any_of(zeros, [](std::byte byte) { return byte != std::byte{0}; })) {
    return false;
  }
  to_side_ = header_[0] == kStderr;
  piece_left_ = 0;
  for (const auto byte : std::span(header_).subspan(4)) {
    piece_left_ = (piece_left_ << 8U) | std::to_integer<std::size_t>(byte);
  }
  header_size_ = 0;
  return true;
}

bool AttachDemultiplexer::add(std::span<const std::byte> bytes, std::string& output) {
  while (!bytes.empty()) {
    if (piece_left_ == 0) {
      const auto count = std::min(bytes.size(), header_.size() - header_size_);
      std::ranges::copy(bytes.first(count),
                        header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
      header_size_ += count;
      bytes = bytes.subspan(count);
      if (header_size_ == header_.size() && !read_header()) return false;
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

}  // namespace strata::drivers
