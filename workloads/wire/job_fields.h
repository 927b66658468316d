#pragma once

// The payload of a job frame: a list of fields, each
//
//     byte 0     which field
//     byte 1-4   length of its value, little-endian
//     value
//
// kArgument and kEnvironment ("NAME=VALUE") may come many times, in order; the others once at most.
// Numbers are 8 bytes, little-endian. Includes nothing of ours, throws nothing, allocates nothing.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::wire {

/// An argument that begins like this is a path in the bundle, wherever an instance has it: the
/// agent puts the place in.
inline constexpr std::string_view kInBundle = "bundle:/";

enum class JobField : std::uint8_t {
  kArgument = 1,
  kEnvironment = 2,
  kWorkingDirectory = 3,
  kStdin = 4,
  kTimeLimitNs = 5,
  kOutputLimitBytes = 6,
  kCpu = 7,     ///< one CPU number; may come many times
  kStream = 8,  ///< empty: output is sent as it comes, and without a limit
};

/// Walks over the fields of a payload without copying. After next() returned false, ok() says
/// whether the payload ended where a field ended.
class JobFieldReader {
 public:
  explicit JobFieldReader(std::span<const std::byte> payload) : rest_(payload) {}

  bool next(JobField& field, std::string_view& value) {
    if (rest_.empty()) return false;
    if (rest_.size() < kFieldHeader) return fail();
    const auto which = std::to_integer<std::uint8_t>(rest_[0]);
    std::uint32_t length = 0;
    for (unsigned i = 0; i < 4; ++i) {
      length |= std::to_integer<std::uint32_t>(rest_[1 + i]) << (8 * i);
    }
    if (which < 1 || which > 8 || length > rest_.size() - kFieldHeader) return fail();
    field = static_cast<JobField>(which);
    value = {reinterpret_cast<const char*>(rest_.data() + kFieldHeader), length};
    rest_ = rest_.subspan(kFieldHeader + length);
    return true;
  }
  [[nodiscard]] bool ok() const { return ok_; }

  static constexpr std::size_t kFieldHeader = 5;

 private:
  bool fail() {
    ok_ = false;
    rest_ = {};
    return false;
  }
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

/// Appends one field to any container of bytes with push_back and insert.
template <typename Container>
void append_field(Container& out, JobField field, std::string_view value) {
  out.push_back(std::byte(static_cast<std::uint8_t>(field)));
  const auto length = static_cast<std::uint32_t>(value.size());
  for (unsigned i = 0; i < 4; ++i) out.push_back(std::byte(length >> (8 * i)));
  const auto* const bytes = reinterpret_cast<const std::byte*>(value.data());
  out.insert(out.end(), bytes, bytes + value.size());
}

/// A number as a field's value: 8 bytes, little-endian. False if `value` is not 8 bytes.
inline bool decode_number(std::string_view value, std::uint64_t& number) {
  if (value.size() != 8) return false;
  number = 0;
  for (unsigned i = 0; i < 8; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(value[i])) << (8 * i);
  }
  return true;
}

template <typename Container>
void append_number(Container& out, JobField field, std::uint64_t number) {
  char bytes[8];
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  append_field(out, field, {bytes, sizeof bytes});
}

}  // namespace strata::wire
