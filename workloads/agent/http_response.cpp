#include "workloads/agent/http_response.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace strata::agent {
namespace {

constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kLongestChunkLine = 256;
constexpr std::string_view kLineEnd = "\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A character of a header's name (RFC 9110, 5.6.2).
bool is_token_character(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

/// Whether what ends at `end` is longer than it may be, or will be if the end did not come among
/// `came` bytes; a part of the terminator may have come already.
bool is_longer(std::size_t most, std::size_t end, std::size_t came, std::string_view terminator) {
  return end == std::string_view::npos ? came >= most + terminator.size() : end > most;
}

/// Digits and nothing else.
std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (key == name) return value;
  }
  return {};
}

HttpResponse::Status HttpResponse::status() const {
  return part_ == Part::kDone  ? Status::kWhole
         : part_ == Part::kBad ? Status::kBroken
                               : Status::kMore;
}

HttpResponse::Status HttpResponse::broken(std::string_view fault) {
  part_ = Part::kBad;
  fault_ = fault;
  keeps_connection_ = false;
  came_.clear();
  used_ = 0;
  return Status::kBroken;
}

HttpResponse::Status HttpResponse::take(std::string_view bytes) {
  if (part_ == Part::kBad || bytes.empty()) return status();
  begun_ = true;
  came_.append(bytes);
  // An interim answer (1xx) is followed by another head.
  while (part_ == Part::kHead && take_head()) {
  }
  if (part_ == Part::kHead) return Status::kMore;
  while (part_ != Part::kDone && part_ != Part::kBad && take_body_part()) {
  }
  if (part_ == Part::kBad) return Status::kBroken;
  came_.erase(0, used_);
  used_ = 0;
  if (part_ == Part::kDone && !came_.empty()) return broken("more came than was asked for");
  return status();
}

HttpResponse::Status HttpResponse::end() {
  keeps_connection_ = false;
  if (part_ == Part::kToTheEnd) part_ = Part::kDone;
  if (status() == Status::kMore) {
    return broken(begun_ ? "the connection was closed inside an answer"
                         : "the connection was closed");
  }
  return status();
}

bool HttpResponse::take_head() {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  const auto end = came_.find(kHeadEnd);
  if (is_longer(kMostHead, end, came_.size(), kHeadEnd)) {
    broken("its head is larger than 32 KiB");
    return false;
  }
  if (end == std::string::npos) return false;
  const auto head = came_.substr(0, end);
  came_.erase(0, end + kHeadEnd.size());
  headers_.clear();
  if (!read_head(head)) {
    broken("it is no HTTP/1.1 answer");
    return false;
  }
  if (code_ >= 200) read_framing();
  return true;
}

bool HttpResponse::read_head(std::string_view head) {
  // HTTP/1.1 200 OK: the reason may be missing.
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kCodeAt = 9;
  constexpr std::size_t kCodeEnd = 12;
  const auto line = head.substr(0, head.find(kLineEnd));
  if (!line.starts_with(kVersion) || line.size() < kCodeEnd || line[8] != ' ' ||
      (line[7] != '0' && line[7] != '1') || (line.size() > kCodeEnd && line[kCodeEnd] != ' ')) {
    return false;
  }
  const auto code = parse_number(line.substr(kCodeAt, kCodeEnd - kCodeAt), 10);
  if (!code || *code < 100 || *code > 599 || has_control_character(line)) return false;
  code_ = static_cast<int>(*code);
  keeps_connection_ = line[7] == '1';
  head.remove_prefix(line.size());
  while (!head.empty()) {
    head.remove_prefix(kLineEnd.size());
    const auto end = std::min(head.find(kLineEnd), head.size());
    if (!add_header(head.substr(0, end))) return false;
    head.remove_prefix(end);
  }
  return true;
}

bool HttpResponse::add_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  if (!std::all_of(name.begin(), name.end(), is_token_character) || has_control_character(value) ||
      headers_.size() >= kMostHeaders) {
    return false;
  }
  headers_.emplace_back(lowered(name), value);
  return true;
}

/// How long the body is, by the headers (RFC 9112, 6.3).
void HttpResponse::read_framing() {
  std::optional<std::uint64_t> length;
  bool chunked = false;
  for (const auto& [name, value] : headers_) {
    if (name == "content-length") {
      const auto number = parse_number(value, 10);
      if (!number || (length && length != number)) {
        broken("its length can't be read");
        return;
      }
      length = number;
    } else if (name == "transfer-encoding") {
      if (chunked || lowered(value) != "chunked") {
        broken("it has a transfer encoding that nobody asked for");
        return;
      }
      chunked = true;
    } else if (name == "connection") {
      const auto word = lowered(value);
      if (word == "close") keeps_connection_ = false;
      if (word == "keep-alive") keeps_connection_ = true;
    }
  }
  constexpr int kNoContent = 204;
  constexpr int kNotModified = 304;
  if (code_ == kNoContent || code_ == kNotModified) {
    part_ = Part::kDone;
  } else if (chunked && length) {
    broken("it has two lengths");
  } else if (chunked) {
    part_ = Part::kChunkSize;
  } else if (length && *length > kMostBody) {
    broken("its body is larger than 8 MiB");
  } else if (length) {
    left_ = *length;
    part_ = left_ == 0 ? Part::kDone : Part::kSized;
  } else {
    keeps_connection_ = false;
    part_ = Part::kToTheEnd;
  }
}

void HttpResponse::move_to_body(std::uint64_t size) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, came_.size() - used_));
  if (count > kMostBody - body_.size()) {
    broken("its body is larger than 8 MiB");
    return;
  }
  body_.append(came_, used_, count);
  used_ += count;
}

std::optional<std::string_view> HttpResponse::take_line() {
  const auto end = came_.find(kLineEnd, used_);
  if (is_longer(used_ + kLongestChunkLine, end, came_.size(), kLineEnd)) {
    broken("a line between its chunks is too long");
    return std::nullopt;
  }
  if (end == std::string::npos) return std::nullopt;
  const auto line = std::string_view(came_).substr(used_, end - used_);
  used_ = end + kLineEnd.size();
  return line;
}

/// Interprets what came next of the body. False: more has to come first, or it is broken.
bool HttpResponse::take_body_part() {
  switch (part_) {
    case Part::kToTheEnd:
      move_to_body(came_.size());
      return false;
    case Part::kSized:
    case Part::kChunk: {
      const auto before = body_.size();
      move_to_body(left_);
      if (part_ == Part::kBad) return false;
      left_ -= body_.size() - before;
      if (left_ > 0) return false;
      part_ = part_ == Part::kSized ? Part::kDone : Part::kChunkEnd;
      return true;
    }
    case Part::kChunkSize: {
      const auto line = take_line();
      if (!line) return false;
      // What stands behind a semicolon are extensions, which nobody needs.
      const auto size = parse_number(trimmed(line->substr(0, line->find(';'))), 16);
      if (!size || *size > kMostBody) {
        broken("the size of a chunk can't be read");
        return false;
      }
      left_ = *size;
      part_ = left_ == 0 ? Part::kTrailer : Part::kChunk;
      return true;
    }
    case Part::kChunkEnd: {
      const auto line = take_line();
      if (!line) return false;
      if (!line->empty()) {
        broken("a chunk is longer than it says");
        return false;
      }
      part_ = Part::kChunkSize;
      return true;
    }
    case Part::kTrailer: {
      const auto line = take_line();
      if (!line) return false;
      if (line->empty()) {
        part_ = Part::kDone;
      } else if (!add_header(*line)) {
        broken("what follows its last chunk can't be read");
        return false;
      }
      return true;
    }
    case Part::kHead:
    case Part::kDone:
    case Part::kBad:
      return false;
  }
  return false;
}

}  // namespace strata::agent
