#include "workloads/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace strata::workloads {

std::string scratch_folder() {
  for (const char* const name : {"STRATA_SCRATCH", "TMPDIR"}) {
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0')
      return value;
  }
  return "/tmp";
}

UniqueFd scratch_file(int flags) {
  const auto folder = scratch_folder();
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600));
  if (fd || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  // Not every file system has O_TMPFILE (overlay on old kernels, gVisor's).
  auto name = folder + "/strata-workload-XXXXXX";
  fd.reset(::mkostemp(name.data(), O_CLOEXEC | flags));
  if (fd) ::unlink(name.c_str());
  return fd;
}

ScratchTree::ScratchTree() {
  auto name = scratch_folder() + "/strata-workload-XXXXXX";
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  UniqueFd watched(ends[0]);
  lifeline_.reset(ends[1]);
  if (::mkdtemp(name.data()) == nullptr) return;
  guardian_ = ::fork();
  if (guardian_ == 0) {
    // Its own group, so that what kills the workload's does not kill it.
    ::setpgid(0, 0);
    lifeline_.reset();
    char none = 0;
    while (::read(watched.get(), &none, 1) < 0 && errno == EINTR) {
    }
    std::error_code ignored;
    std::filesystem::remove_all(name, ignored);
    ::_exit(0);
  }
  if (guardian_ < 0) {
    const int reason = errno;
    ::rmdir(name.c_str());
    errno = reason;
    return;
  }
  path_ = name;
}

ScratchTree::~ScratchTree() {
  lifeline_.reset();
  if (guardian_ > 0) ::waitpid(guardian_, nullptr, 0);
}

NamedScratchFile::NamedScratchFile() {
  if (!tree_) return;
  const auto path = tree_.path() + "/file";
  const UniqueFd fd(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (fd) path_ = path;
}

}  // namespace strata::workloads
