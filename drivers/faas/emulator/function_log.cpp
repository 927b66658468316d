#include "drivers/faas/emulator/function_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

/// What may wait in memory to be written.
constexpr std::size_t kMostTaken = 4UL << 20U;

}  // namespace

FunctionLog::FunctionLog(std::filesystem::path path) : path_(std::move(path)) {
  if (is_kept()) open();
}

FunctionLog::~FunctionLog() { flush(); }

void FunctionLog::open() {
  file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!file_) {
    throw system_error(fmt::format("open the log {}", path_.string()), errno, "name another file");
  }
  struct stat status {};
  written_ = ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void FunctionLog::append(std::string_view text) {
  if (!is_kept()) return;
  const std::scoped_lock lock(mutex_);
  if (taken_.size() + text.size() > kMostTaken) {
    lost_ += text.size();
    return;
  }
  taken_ += text;
}

void FunctionLog::flush() {
  if (!is_kept()) return;
  const std::scoped_lock file_lock(file_mutex_);
  std::string text;
  {
    const std::scoped_lock lock(mutex_);
    text.swap(taken_);
    if (lost_ > 0) text += fmt::format("[{} bytes came too fast and are left out]\n", lost_);
    lost_ = 0;
  }
  if (text.empty()) return;
  if (written_ > kLimit) {
    std::error_code ignored;
    std::filesystem::rename(path_, path_.string() + ".1", ignored);
    try {
      open();
    } catch (const Error&) {
      return;  // no descriptor or no room just now; the file that was open is closed
    }
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
}

}  // namespace strata::drivers::faas::emulator
