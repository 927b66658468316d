#include "drivers/docker/engine_daemons.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <vector>

#include "drivers/container_usage.h"
#include "drivers/docker/engine_socket.h"
#include "drivers/process_scan.h"
#include "drivers/process_usage.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// Which pid namespace a process is in; empty if that can't be seen.
std::string pid_namespace(pid_t pid) {
  std::error_code error;
  return std::filesystem::read_symlink(fmt::format("/proc/{}/ns/pid", pid), error);
}

/// The only containerd beside the engine, or the one that the engine has started itself.
std::optional<pid_t> containerd_of(pid_t engine) {
  std::vector<pid_t> found;
  const auto where = pid_namespace(engine);
  for (const auto& one : live_processes()) {
    if (one.name != "containerd") continue;
    if (one.parent == engine) return one.pid;
    if (pid_namespace(one.pid) == where) found.push_back(one.pid);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

}  // namespace

std::optional<pid_t> listener_at(const std::string& socket_path) {
  try {
    constexpr auto kLimit = std::chrono::seconds(1);
    const auto fd = connect_to_engine(socket_path, Deadline::after(monotonic_clock(), kLimit),
                                      "find out who listens");
    // Of a socket that was connected to: whoever called listen(2) on it.
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.pid > 1 ? std::optional(peer.pid) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void EngineDaemons::find() {
  has_looked_ = true;
  engine_ = listener_at(socket_path_);
  if (engine_) containerd_ = containerd_of(*engine_);
}

std::shared_ptr<EngineDaemons> EngineDaemons::of(const std::string& socket_path) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<EngineDaemons>> known;
  const std::lock_guard lock(mutex);
  auto& place = known[socket_path];
  auto daemons = place.lock();
  if (!daemons) {
    daemons = std::make_shared<EngineDaemons>(socket_path);
    place = daemons;
  }
  return daemons;
}

SideUsage EngineDaemons::usage() {
  const std::lock_guard lock(mutex_);
  return read();
}

std::shared_ptr<const SideUsage> EngineDaemons::usage_before() {
  const std::lock_guard lock(mutex_);
  auto before = before_.lock();
  if (!before) {
    before = std::make_shared<const SideUsage>(read());
    before_ = before;
  }
  return before;
}

SideUsage EngineDaemons::read() {
  if (!has_looked_) find();
  SideUsage sum;
  for (const auto pid : {engine_, containerd_}) {
    if (pid) add(sum, usage_of_process(*pid));
  }
  return sum;
}

SideUsage growth(const SideUsage& earlier, const SideUsage& later) {
  SideUsage grown;
  if (earlier.cpu && later.cpu) grown.cpu = *later.cpu - *earlier.cpu;
  if (earlier.memory && later.memory) {
    grown.memory =
        Bytes{later.memory->count - std::min(later.memory->count, earlier.memory->count)};
  }
  return grown;
}

}  // namespace strata::drivers
