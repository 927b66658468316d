#include "drivers/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

UsageError refusal(const std::filesystem::path& path, int error) {
  return {fmt::format("read {}", path.string()), std::generic_category().message(error),
          error == EACCES ? "check its permissions" : "check the path"};
}

}  // namespace

FileBytes::FileBytes(const std::filesystem::path& path)
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!fd_) throw refusal(path_, errno);
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw refusal(path_, errno);
  if (!S_ISREG(status.st_mode)) {
    throw UsageError(fmt::format("read {}", path_.string()), "it is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t FileBytes::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  if (offset >= size_) return 0;
  buffer = buffer.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset)));
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto count = ::pread(fd_.get(), buffer.data() + done, buffer.size() - done,
                               static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw refusal(path_, errno);
    if (count == 0) break;  // it became shorter meanwhile
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::vector<std::byte> read_beginning(const std::filesystem::path& path, std::size_t limit) {
  const FileBytes file(path);
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), limit)));
  bytes.resize(file.read_at(0, bytes));
  return bytes;
}

}  // namespace strata::drivers
