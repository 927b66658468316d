#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas::emulator {

/// The file that START, END and REPORT lines and what functions print go to. Kept within bounds: at
/// kLimit it becomes PATH.1 and begins anew, and what comes faster than it can be written is
/// counted and left out. Thread-safe.
class FunctionLog {
 public:
  static constexpr std::uint64_t kLimit = 64ULL << 20U;

  /// Empty path: everything is thrown away. Throws Error if the file can't be opened.
  explicit FunctionLog(std::filesystem::path path);
  ~FunctionLog();
  FunctionLog(const FunctionLog&) = delete;
  FunctionLog& operator=(const FunctionLog&) = delete;

  [[nodiscard]] bool is_kept() const { return !path_.empty(); }
  /// Takes a copy; never waits for the disk.
  void append(std::string_view text);
  /// Writes what has been taken. A full disk loses it, and the next flush tries again.
  void flush();

 private:
  void open();

  std::filesystem::path path_;
  std::mutex file_mutex_;  ///< before mutex_
  UniqueFd file_;
  std::uint64_t written_ = 0;
  std::mutex mutex_;
  std::string taken_;
  std::uint64_t lost_ = 0;  ///< bytes
};

}  // namespace strata::drivers::faas::emulator
