#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "drivers/driver.h"

namespace strata::drivers {

/// The processes that serve all containers of an engine alike: the engine and its containerd. What
/// can't be found is left out: an engine of a pid namespace that is not ours to see, one of several
/// containerds. Used from one thread.
class EngineDaemons {
 public:
  /// `socket_path` is the engine's: who listens there is the engine.
  explicit EngineDaemons(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// CPU time and PSS of them, summed up. Looks for them the first time.
  [[nodiscard]] SideUsage usage();

 private:
  void find();

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
