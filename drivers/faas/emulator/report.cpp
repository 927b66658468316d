#include "drivers/faas/emulator/report.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace strata::drivers::faas::emulator {
namespace {

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

std::int64_t Report::billed_ms() const {
  return std::chrono::ceil<std::chrono::milliseconds>(duration + init.value_or(Duration::zero()))
      .count();
}

double Report::gb_seconds() const {
  return static_cast<double>(billed_ms()) / 1000 * static_cast<double>(memory_mb) / 1024;
}

std::string start_line(std::string_view request_id, std::string_view version) {
  return fmt::format("START RequestId: {} Version: {}\n", request_id, version);
}

std::string report_lines(const Report& report) {
  auto text = fmt::format(
      "END RequestId: {0}\nREPORT RequestId: {0}\tDuration: {1:.2f} ms\tBilled Duration: {2} "
      "ms\tMemory Size: {3} MB",
      report.request_id, milliseconds(report.duration), report.billed_ms(), report.memory_mb);
  if (report.peak_memory_bytes) {
    constexpr std::uint64_t kMegabyte = 1U << 20U;
    text += fmt::format("\tMax Memory Used: {} MB",
                        (*report.peak_memory_bytes + kMegabyte - 1) / kMegabyte);
  }
  if (report.init) text += fmt::format("\tInit Duration: {:.2f} ms", milliseconds(*report.init));
  if (!report.status.empty()) text += fmt::format("\tStatus: {}", report.status);
  return text + "\t\n";
}

void LogTail::append(std::string_view piece) {
  if (piece.size() > kLimit) piece.remove_prefix(piece.size() - kLimit);
  if (text_.size() + piece.size() > 2 * kLimit) text_.erase(0, text_.size() - kLimit);
  text_ += piece;
}

std::string LogTail::text() const {
  return text_.size() > kLimit ? text_.substr(text_.size() - kLimit) : text_;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (size < 0 || static_cast<std::size_t>(size) != bytes.size()) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace strata::drivers::faas::emulator
