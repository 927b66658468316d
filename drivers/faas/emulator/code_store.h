#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/driver.h"

namespace strata::drivers::faas::emulator {

/// Code as it was handed over and put away.
struct StoredCode {
  std::string digest;  ///< hex; names it
  std::string sha256;  ///< Base64
  std::uint64_t size = 0;
};

/// The code of functions, below one folder: DIGEST.zip and its files in DIGEST/. Thread-safe;
/// everything may take long.
class CodeStore {
 public:
  CodeStore(std::filesystem::path folder, std::filesystem::path agent);

  /// Unpacks a zip and puts both away. Throws ApiError for one that can't be.
  StoredCode add_zip(std::string_view bytes);
  /// A zip, or a folder whose files are copied. Throws ApiError.
  StoredCode add_path(const std::filesystem::path& path);
  /// The zip as it came; empty for what came as a folder.
  [[nodiscard]] std::string zip_bytes(const std::string& digest) const;

  /// What sandboxes of this code are started from, made by `driver` unless that was done before.
  /// Throws Error.
  Prepared prepared(const std::string& digest, Driver& driver, Deadline deadline);
  /// Deletes all code that `is_used` does not approve of.
  void remove_unused(const std::function<bool(const std::string& digest)>& is_used);

 private:
  std::filesystem::path folder_;
  std::filesystem::path agent_;
  std::mutex mutex_;
  /// What was made of one function's code. Each driver prepares for itself: what it finds out in
  /// doing so, its starts need.
  struct PreparedCode {
    std::optional<Bundle> bundle;
    std::map<const Driver*, Prepared> by_driver;
  };
  std::map<std::string, PreparedCode> prepared_;  ///< by digest
};

/// Where a function's files are in its sandbox, relative to the bundle's root.
inline constexpr std::string_view kTaskRoot = "var/task";

}  // namespace strata::drivers::faas::emulator
