#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace strata::drivers::faas::emulator::testing {

/// One entry of a zip for tests.
struct ZipEntry {
  std::string name;
  std::string content;
  mode_t mode = S_IFREG | 0644;
};

/// The bytes of a zip; nothing is checked, so that it may hold what no zip should.
std::string build_zip(const std::vector<ZipEntry>& entries);

/// A function whose bootstrap is this program of the host.
std::string bootstrap_zip(const std::string& program);

}  // namespace strata::drivers::faas::emulator::testing
