#include "drivers/process/spawn.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

void check(int error) {
  if (error != 0) throw system_error("set posix_spawn up", error);
}

struct Attributes {
  Attributes() {
    check(::posix_spawnattr_init(&value));
    // A session of its own: Ctrl-C at the terminal must not end the trial in hand.
    check(::posix_spawnattr_setflags(
        &value, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    sigset_t signals;
    sigemptyset(&signals);
    check(::posix_spawnattr_setsigmask(&value, &signals));
    sigfillset(&signals);
    check(::posix_spawnattr_setsigdefault(&value, &signals));
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&value); }
  posix_spawnattr_t value{};
};

struct FileActions {
  FileActions() { check(::posix_spawn_file_actions_init(&value)); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
  posix_spawn_file_actions_t value{};
};

}  // namespace

pid_t spawn(const std::string& program, std::vector<std::string> environment,
            const std::array<int, 3>& descriptors) {
  const Attributes attributes;
  FileActions actions;
  for (int target = 0; target < 3; ++target) {
    check(::posix_spawn_file_actions_adddup2(
        &actions.value, descriptors[static_cast<std::size_t>(target)], target));
  }
  auto name = program;
  std::array<char*, 2> argv{name.data(), nullptr};
  std::vector<char*> envp;
  for (auto& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value,
                                  argv.data(), envp.data());
  if (error != 0) throw system_error(fmt::format("start {}", program), error);
  return pid;
}

}  // namespace strata::drivers
