#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "drivers/driver.h"

namespace strata::drivers {

/// The processes that serve all containers of an engine alike: the engine and its containerd. What
/// can't be found is left out: an engine of a pid namespace that is not ours to see, one of several
/// containerds. Thread-safe.
class EngineDaemons {
 public:
  /// Those of the engine that listens at `socket_path`, the same for all who ask as long as one has
  /// them: reading their PSS keeps them from their work for milliseconds.
  static std::shared_ptr<EngineDaemons> of(const std::string& socket_path);
  explicit EngineDaemons(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// CPU time and PSS of them, summed up. Looks for them the first time.
  [[nodiscard]] SideUsage usage();
  /// The same, as it was when the first of those who hold it now asked for it.
  [[nodiscard]] std::shared_ptr<const SideUsage> usage_before();

 private:
  void find();
  [[nodiscard]] SideUsage read();

  std::mutex mutex_;
  std::weak_ptr<const SideUsage> before_;
  std::string socket_path_;
  bool has_looked_ = false;
  std::optional<pid_t> engine_;
  std::optional<pid_t> containerd_;
};

/// The process that listens at a unix socket, as this process numbers it. Nothing if there is none,
/// or it is the system's first process, which listens for others.
std::optional<pid_t> listener_at(const std::string& socket_path);

/// By how much `later` is more than `earlier`; absent where either is. Memory that shrank is 0.
SideUsage growth(const SideUsage& earlier, const SideUsage& later);

}  // namespace strata::drivers
