#include "drivers/process_scan.h"

#include <fmt/format.h>
#include <poll.h>
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
#include <map>
#include <set>
#include <sstream>
#include <system_error>

#include "drivers/fd_stream.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();  // an iterator would throw where the process ends between open and read
  return std::move(content).str();
}

std::optional<FoundProcess> look_at(pid_t pid) {
  return parse_process_stat(content_of(fmt::format("/proc/{}/stat", pid)));
}

/// A handle to exactly this process: its number may have become another's since it was seen.
UniqueFd handle_of(const FoundProcess& process) {
  UniqueFd pidfd(::pidfd_open(process.pid, 0));
  const auto again = look_at(process.pid);
  if (!again || again->start_time != process.start_time) return UniqueFd();
  return pidfd;
}

}  // namespace

std::optional<std::string> FoundProcess::variable(std::string_view wanted) const {
  const auto content = content_of(fmt::format("/proc/{}/environ", pid));
  std::string_view block = content;
  while (!block.empty()) {
    const auto entry = block.substr(0, block.find('\0'));
    block.remove_prefix(std::min(block.size(), entry.size() + 1));
    if (entry.size() > wanted.size() && entry.starts_with(wanted) && entry[wanted.size()] == '=') {
      return std::string(entry.substr(wanted.size() + 1));
    }
  }
  return std::nullopt;
}

std::vector<std::string> FoundProcess::arguments() const {
  std::vector<std::string> words;
  std::istringstream content(content_of(fmt::format("/proc/{}/cmdline", pid)));
  for (std::string word; std::getline(content, word, '\0');) words.push_back(word);
  return words;
}

std::optional<FoundProcess> parse_process_stat(std::string_view line) {
  const auto name_begin = line.find(" (");
  const auto name_end = line.rfind(") ");
  if (name_begin == std::string_view::npos || name_end == std::string_view::npos ||
      name_end < name_begin + 2) {
    return std::nullopt;
  }
  FoundProcess process;
  const auto [end, error] = std::from_chars(line.data(), line.data() + name_begin, process.pid);
  if (error != std::errc() || end != line.data() + name_begin) return std::nullopt;
  process.name = line.substr(name_begin + 2, name_end - name_begin - 2);
  // proc(5): behind the name come state, ppid, pgrp, session and, as field 22, the start time.
  std::istringstream words{std::string(line.substr(name_end + 2))};
  char state = '\0';
  std::string skipped;
  words >> state >> process.parent >> skipped >> process.session;
  for (int field = 7; field < 22; ++field) words >> skipped;
  if (!(words >> process.start_time) || state == 'Z' || state == 'X') return std::nullopt;
  return process;
}

std::vector<FoundProcess> live_processes() {
  std::vector<FoundProcess> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (problem != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    if (auto one = look_at(pid)) found.push_back(std::move(*one));
  }
  return found;
}

std::vector<FoundProcess> descendants_of(pid_t ancestor,
                                         const std::vector<FoundProcess>& processes) {
  std::multimap<pid_t, const FoundProcess*> children;
  for (const auto& one : processes) children.emplace(one.parent, &one);
  std::vector<FoundProcess> found;
  std::set<pid_t> seen{ancestor};
  std::vector<pid_t> waiting{ancestor};
  while (!waiting.empty()) {
    const auto [begin, end] = children.equal_range(waiting.back());
    waiting.pop_back();
    for (auto child = begin; child != end; ++child) {
      if (!seen.insert(child->second->pid).second) continue;
      found.push_back(*child->second);
      waiting.push_back(child->second->pid);
    }
  }
  return found;
}

std::vector<FoundProcess> kill_processes(
    const std::function<std::vector<FoundProcess>(std::vector<FoundProcess>)>& choose,
    Deadline deadline) {
  std::vector<FoundProcess> killed;
  for (;;) {
    std::vector<UniqueFd> dying;
    for (auto& process : choose(live_processes())) {
      auto handle = handle_of(process);
      if (!handle || ::pidfd_send_signal(handle.get(), SIGKILL, nullptr, 0) != 0) continue;
      dying.push_back(std::move(handle));
      const bool is_known = std::any_of(killed.begin(), killed.end(), [&](const auto& other) {
        return other.pid == process.pid && other.start_time == process.start_time;
      });
      if (!is_known) killed.push_back(std::move(process));
    }
    if (dying.empty()) return killed;
    try {
      for (const auto& handle : dying) {
        wait_for(handle.get(), POLLIN, deadline, "wait for the end of a killed process");
      }
    } catch (const DeadlineExceeded&) {
      // One in an uninterruptible wait may outlive its SIGKILL for as long as it likes.
      return killed;
    }
  }
}

}  // namespace strata::drivers
