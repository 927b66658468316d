#include "drivers/process/process_scan.h"

#include <signal.h>
#include <unistd.h>

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The value of `variable` in a block of NAME=VALUE entries that end with zero bytes.
std::optional<std::string> value_in(std::string_view block, std::string_view variable) {
  while (!block.empty()) {
    const auto entry = block.substr(0, block.find('\0'));
    block.remove_prefix(std::min(block.size(), entry.size() + 1));
    if (entry.size() > variable.size() && entry.starts_with(variable) &&
        entry[variable.size()] == '=') {
      return std::string(entry.substr(variable.size() + 1));
    }
  }
  return std::nullopt;
}

std::optional<FoundProcess> look_at(pid_t pid, std::string_view variable) {
  const auto folder = fs::path("/proc") / std::to_string(pid);
  auto value = value_in(content_of(folder / "environ"), variable);
  if (!value) return std::nullopt;
  auto name = content_of(folder / "comm");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return FoundProcess{pid, std::move(name), std::move(*value)};
}

}  // namespace

std::vector<FoundProcess> processes_with(std::string_view variable) {
  std::vector<FoundProcess> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (problem != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    if (auto one = look_at(pid, variable)) found.push_back(std::move(*one));
  }
  return found;
}

std::vector<FoundProcess> kill_processes_with(
    std::string_view variable, const std::function<bool(const FoundProcess&)>& chosen) {
  std::vector<FoundProcess> killed;
  // Bounded: a process in an uninterruptible wait may outlive its SIGKILL for as long as it likes.
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    bool any = false;
    for (const auto& one : processes_with(variable)) {
      if (!chosen(one)) continue;
      // Through a pidfd, and looked at again behind it: the number may have become another
      // process's.
      const UniqueFd pidfd(::pidfd_open(one.pid, 0));
      const auto again = look_at(one.pid, variable);
      if (!pidfd || !again || again->value != one.value) continue;
      if (::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0) != 0) continue;
      any = true;
      const bool known = std::any_of(killed.begin(), killed.end(), [&](const FoundProcess& other) {
        return other.pid == one.pid;
      });
      if (!known) killed.push_back(one);
    }
    if (!any) break;
  }
  return killed;
}

}  // namespace strata::drivers
