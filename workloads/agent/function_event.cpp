#include "workloads/agent/function_event.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "workloads/wire/base64.h"
#include "workloads/wire/function_event.h"

namespace strata::agent {
namespace {

/// Walks over the members of one JSON object without copying. A library for JSON would be larger
/// than the agent.
class MemberReader {
 public:
  explicit MemberReader(std::string_view text) : rest_(text) { ok_ = take('{'); }

  /// The next member: its name as it is written, and its value's text; of a string what stands
  /// between the quotes. False: there is no other, or the text is no object.
  bool next(std::string_view& name, std::string_view& value) {
    if (!ok_ || take('}')) return false;
    if (!first_ && !take(',')) return fail();
    first_ = false;
    if (!take_string(name) || !take(':')) return fail();
    skip_blanks();
    if (rest_.starts_with('"')) return take_string(value) || fail();
    return take_other(value) || fail();
  }

 private:
  bool fail() { return ok_ = false; }
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_string(std::string_view& inside) {
    if (!take('"')) return false;
    std::size_t end = 0;
    for (;; end += 2) {
      end = rest_.find_first_of("\"\\", end);
      if (end == std::string_view::npos) return false;
      if (rest_[end] == '"') break;
    }
    inside = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  /// A number, a word, or what stands between brackets.
  bool take_other(std::string_view& value) {
    const auto whole = rest_;
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      std::string_view ignored;
      if (c == '"') {
        if (depth == 0 || !take_string(ignored)) return false;
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      rest_.remove_prefix(1);
      if (depth == 0 && (c == '}' || c == ']')) break;
    }
    value = whole.substr(0, whole.size() - rest_.size());
    while (!value.empty() &&
           std::string_view(" \t\r\n").find(value.back()) != std::string_view::npos) {
      value.remove_suffix(1);
    }
    return !rest_.empty() && !value.empty();
  }

  std::string_view rest_;
  bool ok_ = true;
  bool first_ = true;
};

FunctionEvent unreadable(std::string_view fault) {
  FunctionEvent event;
  event.kind = FunctionEvent::Kind::kUnreadable;
  event.fault = fault;
  return event;
}

FunctionEvent read_job(std::string_view base64) {
  FunctionEvent event;
  event.kind = FunctionEvent::Kind::kJob;
  // Some writers of JSON escape the slash.
  std::string digits;
  digits.reserve(base64.size());
  for (std::size_t i = 0; i < base64.size(); ++i) {
    if (base64.substr(i, 2) != "\\/") digits += base64[i];
  }
  if (digits.empty() || !wire::decode_base64(digits, event.fields)) {
    return unreadable("the job's fields are no Base64");
  }
  return event;
}

FunctionEvent read_wait(std::string_view digits) {
  FunctionEvent event;
  event.kind = FunctionEvent::Kind::kWait;
  const auto* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, event.milliseconds);
  constexpr std::uint64_t kLongest = 900'000;  // no function runs longer
  if (error != std::errc() || stopped != end || event.milliseconds > kLongest) {
    return unreadable("it says not how many milliseconds to wait, or more than 900,000");
  }
  return event;
}

}  // namespace

FunctionEvent read_function_event(std::string_view text) {
  std::string_view name;
  std::string_view value;
  std::string_view kind;
  std::string_view fields;
  std::string_view milliseconds;
  MemberReader reader(text);
  while (reader.next(name, value)) {
    if (name == wire::kEventKey) kind = value;
    if (name == wire::kEventFields) fields = value;
    if (name == wire::kEventMilliseconds) milliseconds = value;
  }
  if (kind == wire::kEventJob) return read_job(fields);
  if (kind == wire::kEventWait) return read_wait(milliseconds);
  FunctionEvent event;
  if (kind == wire::kEventHello) event.kind = FunctionEvent::Kind::kHello;
  return event;
}

}  // namespace strata::agent
