#include "results/line_reader.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::results {

namespace {

/// Small enough to stay in a processor's cache from being read to being parsed.
constexpr std::size_t kPiece = 1UL << 18U;

}  // namespace

LineReader::LineReader(int fd, std::string name)
    : fd_(fd), name_(std::move(name)), buffer_(2 * kPiece) {}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    const auto* const found =
        static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(found - buffer_.data()) - begin_;
      line = {buffer_.data() + begin_, length};
      begin_ += length + 1;
      offset_ += length + 1;
      ++number_;
      return true;
    }
    const auto unsearched = end_ - begin_;
    if (!fill()) return false;
    searched = begin_ + unsearched;
  }
}

bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kPiece + kPadding > buffer_.size()) buffer_.resize(2 * buffer_.size());
  for (;;) {
    const auto count = ::read(fd_, buffer_.data() + end_, kPiece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("read " + name_, errno);
    end_ += static_cast<std::size_t>(count);
    return count > 0;
  }
}

}  // namespace strata::results
