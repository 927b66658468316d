#pragma once

// The payload of a resume frame, for an agent in a guest that has been restored from a snapshot:
//
//     byte 0-7    the time: nanoseconds since 1970, little-endian
//     byte 8-71   random bytes, fresh for this guest: every copy of a snapshot would else draw the
//                 same ones
//     rest        the run's id
//
// Includes nothing of ours, throws nothing, allocates nothing.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::wire {

inline constexpr std::size_t kResumeEntropy = 64;

struct Resume {
  std::uint64_t realtime_ns = 0;
  std::span<const std::byte> entropy;  ///< kResumeEntropy bytes
  std::string_view run_id;
};

/// False if `payload` is too short to be one. What `resume` points to is `payload`'s.
inline bool decode_resume(std::span<const std::byte> payload, Resume& resume) {
  constexpr std::size_t kTime = 8;
  if (payload.size() < kTime + kResumeEntropy) return false;
  resume.realtime_ns = 0;
  for (unsigned i = 0; i < kTime; ++i) {
    resume.realtime_ns |= std::to_integer<std::uint64_t>(payload[i]) << (8 * i);
  }
  resume.entropy = payload.subspan(kTime, kResumeEntropy);
  const auto rest = payload.subspan(kTime + kResumeEntropy);
  resume.run_id = {reinterpret_cast<const char*>(rest.data()), rest.size()};
  return true;
}

/// Appends the payload to any container of bytes with push_back and insert.
template <typename Container>
void append_resume(Container& out, const Resume& resume) {
  for (unsigned i = 0; i < 8; ++i) out.push_back(std::byte(resume.realtime_ns >> (8 * i)));
  out.insert(out.end(), resume.entropy.begin(), resume.entropy.end());
  const auto* const id = reinterpret_cast<const std::byte*>(resume.run_id.data());
  out.insert(out.end(), id, id + resume.run_id.size());
}

}  // namespace strata::wire
