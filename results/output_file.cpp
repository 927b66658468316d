#include "results/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

Error failed(const char* what, const fs::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return system_error(fmt::format("{} {}", what, path.string()), error,
                      full ? "make room on the disk; the journal is whole, and --resume writes the "
                             "result from it"
                           : "");
}

/// Whether `path` still leads to the file that is open: another process may have renamed it.
bool is_at(int fd, const fs::path& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

}  // namespace

int write_fully(int fd, std::string_view text, std::size_t& written) {
  written = 0;
  while (written < text.size()) {
    const auto count = ::write(fd, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    written += static_cast<std::size_t>(count);
  }
  return 0;
}

void sync_folder(const fs::path& folder) {
  const auto& path = folder.empty() ? fs::path(".") : folder;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) throw failed("sync folder", path, errno);
}

OutputFile OutputFile::nameless(const fs::path& beside) {
  OutputFile file;
  const auto folder = beside.has_parent_path() ? beside.parent_path() : fs::path(".");
  file.path_ = folder / "(a file without a name)";
  constexpr mode_t kOwnerOnly = 0600;
  file.fd_.reset(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerOnly));
  if (!file.fd_ && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    auto name = beside.string() + ".XXXXXX";
    file.fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (file.fd_) ::unlink(name.c_str());
  }
  if (!file.fd_) throw failed("make a file in", folder, errno);
  return file;
}

OutputFile OutputFile::next_version_of(const fs::path& path) {
  OutputFile file;
  file.path_ = path.string() + ".part";
  constexpr mode_t kReadable = 0644;
  file.fd_.reset(::open(file.path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kReadable));
  if (!file.fd_) throw failed("make", file.path_, errno);
  if (::flock(file.fd_.get(), LOCK_EX | LOCK_NB) != 0 || !is_at(file.fd_.get(), file.path_)) {
    throw UsageError(fmt::format("write {}", path.string()), "another process is writing it",
                     "wait until it ends, or end it");
  }
  if (::ftruncate(file.fd_.get(), 0) != 0) throw failed("write", file.path_, errno);
  file.target_ = path;
  return file;
}

OutputFile::~OutputFile() {
  if (fd_ && !target_.empty()) ::unlink(path_.c_str());
}

void OutputFile::flush() {
  std::size_t written = 0;
  if (const int error = write_fully(fd_.get(), buffer_, written); error != 0) {
    throw failed("write", path_, error);
  }
  // Lets the disk begin at once, so that there is little left to wait for in replace(). Only a
  // hint.
  if (!target_.empty()) {
    ::sync_file_range(fd_.get(), size_, static_cast<off_t>(written), SYNC_FILE_RANGE_WRITE);
  }
  size_ += static_cast<off_t>(written);
  buffer_.clear();
}

void OutputFile::append(OutputFile& other) {
  other.flush();
  flush();
  if (::lseek(other.fd_.get(), 0, SEEK_SET) < 0) throw failed("rewind", other.path_, errno);
  constexpr std::size_t kPiece = 256UL << 10U;
  for (;;) {
    buffer_.resize(kPiece);
    const auto count = ::read(other.fd_.get(), buffer_.data(), kPiece);
    const int error = errno;
    buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count < 0 && error == EINTR) continue;
    if (count < 0) throw failed("read", other.path_, error);
    if (count == 0) return;
    flush();
  }
}

void OutputFile::replace() {
  flush();
  if (::fsync(fd_.get()) != 0) throw failed("write", path_, errno);
  if (::rename(path_.c_str(), target_.c_str()) != 0) {
    throw failed("rename to its name", path_, errno);
  }
  sync_folder(std::exchange(target_, {}).parent_path());
}

void replace_file(const fs::path& path, std::string text) {
  auto file = OutputFile::next_version_of(path);
  file.buffer() = std::move(text);
  file.replace();
}

}  // namespace strata::results
