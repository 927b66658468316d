#include "results/json_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/closing_scan.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

constexpr std::size_t kBufferSize = 1UL << 18U;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Whether `c` ends a number, true, false or null.
bool ends_word(char c) {
  return is_space(c) || c == ',' || c == ']' || c == '}' || c == ':' || c == '"' || c == '[' ||
         c == '{';
}

std::string shown(char c) {
  return c >= 0x20 && c < 0x7f ? fmt::format("'{}'", c)
                               : fmt::format("byte {:#04x}", static_cast<unsigned char>(c));
}

}  // namespace

JsonStream::JsonStream(const std::filesystem::path& path)
    : path_(path), file_(path), buffer_(kBufferSize) {}

void JsonStream::fail(const std::string& said) const {
  throw UsageError(fmt::format("read {}", path_.string()),
                   fmt::format("at byte {}: {}", before_ + at_, said),
                   "it was changed, cut off, or is another kind of file");
}

bool JsonStream::fill() {
  before_ += size_;
  at_ = 0;
  size_ = file_.read(buffer_.data(), buffer_.size());
  return size_ > 0;
}

int JsonStream::peek() {
  for (;;) {
    for (; at_ < size_; ++at_) {
      if (!is_space(buffer_[at_])) return static_cast<unsigned char>(buffer_[at_]);
    }
    if (!fill()) return -1;
  }
}

void JsonStream::expect(char c) {
  const int found = peek();
  if (found < 0) fail(fmt::format("the file ends where '{}' should be", c));
  if (found != c) {
    fail(fmt::format("'{}' should be here, not {}", c, shown(static_cast<char>(found))));
  }
  ++at_;
}

void JsonStream::begin_object() {
  expect('{');
  first_ = true;
}

void JsonStream::begin_array() {
  expect('[');
  first_ = true;
}

bool JsonStream::next_key(std::string& key) {
  const bool first = first_;
  first_ = false;
  if (peek() == '}') {
    ++at_;
    return false;
  }
  if (!first) expect(',');
  if (peek() != '"') expect('"');
  const auto text = take_value();
  key.assign(text.substr(1, text.size() - 2));
  expect(':');
  return true;
}

bool JsonStream::next_element() {
  const bool first = first_;
  first_ = false;
  if (peek() == ']') {
    ++at_;
    return false;
  }
  if (!first) expect(',');
  return true;
}

std::string_view JsonStream::take_value() {
  taken_.clear();
  pass_value(&taken_);
  return taken_;
}

void JsonStream::skip_value() { pass_value(nullptr); }

void JsonStream::pass_value(std::string* keep) {
  const int first = peek();
  if (first < 0) fail("the file ends where a value should be");
  const bool is_closed = first == '"' || first == '[' || first == '{';
  if (!is_closed && ends_word(static_cast<char>(first))) {
    fail(fmt::format("a value should be here, not {}", shown(static_cast<char>(first))));
  }
  ClosingScan closing;
  for (bool done = false; !done;) {
    const char* const begin = buffer_.data() + at_;
    const char* const end = buffer_.data() + size_;
    const char* const stop =
        is_closed ? closing.find(begin, end) : std::find_if(begin, end, ends_word);
    done = is_closed ? closing.found() : stop != end;
    if (keep != nullptr) keep->append(begin, stop);
    at_ = static_cast<std::size_t>(stop - buffer_.data());
    if (!done && !fill()) {
      if (!is_closed) return;
      fail("the file ends in the middle of a value");
    }
  }
}

void JsonStream::expect_end() {
  if (const int found = peek(); found >= 0) {
    fail(fmt::format("nothing more should come, but here is {}", shown(static_cast<char>(found))));
  }
}

}  // namespace strata::results
