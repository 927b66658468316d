#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "results/vocabulary/unique_fd.h"

namespace strata::results::testing {

/// A file that holds these bytes and is on no disk.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : fd_(::memfd_create("input", MFD_CLOEXEC)) {
    if (::write(fd_.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
    if (::lseek(fd_.get(), 0, SEEK_SET) != 0) std::abort();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::filesystem::path path() const {
    return fmt::format("/proc/self/fd/{}", fd_.get());
  }

 private:
  UniqueFd fd_;
};

}  // namespace strata::results::testing
