#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

/// What one invocation took, as Lambda accounts for it.
struct Report {
  std::string request_id;
  std::string version;
  Duration duration{};
  std::optional<Duration> init;
  std::uint32_t memory_mb = 0;
  std::optional<std::uint64_t> peak_memory_bytes;
  std::string status;  ///< "timeout", "error"; empty: it did well

  /// Init and duration together, in whole milliseconds, rounded up: as AWS bills since August 2025.
  [[nodiscard]] std::int64_t billed_ms() const;
  [[nodiscard]] double gb_seconds() const;
};

/// "START RequestId: … Version: $LATEST\n"
std::string start_line(std::string_view request_id, std::string_view version);
/// "END RequestId: …\nREPORT RequestId: …\tDuration: 1.23 ms\tBilled Duration: 2 ms\t…\n"
std::string report_lines(const Report& report);

/// The end of an invocation's log, as X-Amz-Log-Type: Tail gives it.
class LogTail {
 public:
  static constexpr std::size_t kLimit = 4096;

  void clear() { text_.clear(); }
  void append(std::string_view piece);
  /// At most kLimit bytes: the last ones.
  [[nodiscard]] std::string text() const;

 private:
  std::string text_;
};

/// Base64 of bytes (RFC 4648, with padding), and back; nothing for what is none.
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace strata::drivers::faas::emulator
