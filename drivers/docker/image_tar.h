#pragma once

#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/bundle.h"
#include "drivers/file_digest.h"

namespace strata::drivers {

/// A bundle as a tar (POSIX ustar) for an image, made piece by piece, so that no program is too
/// large for it: its files at the root, empty folders that a container needs, and a scratch folder
/// everybody may write to. Owner root, modification time 0: the same bundle gives the same bytes.
class ImageTar {
 public:
  /// What is laid out beside the bundle's files. An image of another layout is not used again.
  static constexpr int kLayout = 2;

  /// Throws UsageError if a path is too long for a tar. The bundle must outlive it.
  explicit ImageTar(const Bundle& bundle);

  /// The next piece; empty at the end. Valid until the next call. Throws Error if a file can't be
  /// read or is not what it was when the bundle was made.
  std::string_view next();

 private:
  struct Entry {
    std::string header;
    const BundleFile* file = nullptr;  ///< null: a folder
  };
  void begin_file(const BundleFile& file);
  void add_from_file();

  std::vector<Entry> entries_;
  std::size_t at_ = 0;                ///< the entry that comes next
  const BundleFile* file_ = nullptr;  ///< the one that is being sent
  std::ifstream source_;
  std::optional<Sha256> digest_;
  std::uint64_t left_ = 0;  ///< of its bytes
  std::string piece_;
  bool ended_ = false;
};

}  // namespace strata::drivers
