#pragma once

#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/bundle.h"

namespace strata::drivers {

/// A bundle as a tar (POSIX ustar) for an image, made piece by piece, so that no program is too
/// large for it: its files at the root, empty folders that a container needs, and a scratch folder
/// everybody may write to. Owner root, modification time 0: the same bundle gives the same bytes.
class ImageTar {
 public:
  explicit ImageTar(const Bundle& bundle);
  /// The next piece; empty at the end. Valid until the next call. Throws Error if a file can't be
  /// read or has changed its size.
  std::string_view next();

 private:
  struct Entry {
    std::string path;  ///< with '/' at the end: a folder
    unsigned mode = 0;
    const BundleFile* file = nullptr;
  };
  void begin_entry();

  std::vector<Entry> entries_;
  std::size_t at_ = 0;
  std::ifstream source_;
  std::size_t left_ = 0;     ///< of the file that is being sent
  std::size_t padding_ = 0;  ///< behind it
  std::string piece_;
  bool ended_ = false;
};

}  // namespace strata::drivers
