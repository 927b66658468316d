#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace strata::drivers {

/// SHA-256, piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Lower-case hex; once only.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of a file's bytes, lower-case hex. Throws UsageError if it can't be read.
std::string file_sha256(const std::filesystem::path& path);

/// The same, remembered by this process for as long as the file's device, inode, size and times
/// stay what they were: large libraries are in bundle after bundle. Thread-safe.
std::string remembered_file_sha256(const std::filesystem::path& path);

}  // namespace strata::drivers
