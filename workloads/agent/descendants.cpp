#include "workloads/agent/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace strata::agent {
namespace {

/// The parent of `pid` and whether it is a zombie, from /proc/PID/stat; 0 if it is gone.
pid_t parent_of(const char* pid, bool& zombie) {
  const std::string path = std::string("/proc/") + pid + "/stat";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::array<char, 512> text{};
  const auto length = ::read(fd, text.data(), text.size() - 1);
  ::close(fd);
  if (length <= 0) return 0;
  // The name, in parentheses, may hold anything, parentheses too: the last one ends it.
  const char* const name_end = std::strrchr(text.data(), ')');
  if (name_end == nullptr || std::strlen(name_end) < 5) return 0;
  zombie = name_end[2] == 'Z';
  return static_cast<pid_t>(std::strtol(name_end + 4, nullptr, 10));
}

/// The live children of this process. False: there is no /proc to look in.
bool live_children(std::vector<pid_t>& children) {
  children.clear();
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return false;
  const pid_t self = ::getpid();
  bool seen = false;
  while (const dirent* const entry = ::readdir(folder)) {
    const char* const name = entry->d_name;
    if (name[0] < '0' || name[0] > '9') continue;
    seen = true;
    bool zombie = false;
    if (parent_of(name, zombie) == self && !zombie) {
      children.push_back(static_cast<pid_t>(std::strtol(name, nullptr, 10)));
    }
  }
  ::closedir(folder);
  return seen;
}

/// Reaps what has ended. False: there is no child any more.
bool reap(int flags) {
  for (;;) {
    const pid_t pid = ::waitpid(-1, nullptr, flags | __WALL);
    if (pid > 0) {
      // One wait that blocks is enough: then look again at who is there.
      flags |= WNOHANG;
      continue;
    }
    if (pid == 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

std::uint32_t kill_descendants(pid_t group) {
  std::uint32_t killed = 0;
  std::vector<pid_t> already;
  std::vector<pid_t> children;
  while (reap(WNOHANG)) {
    const bool looked = live_children(children);
    if (!looked) {
      const int done = ::getpid() == 1 ? ::kill(-1, SIGKILL) : ::kill(-group, SIGKILL);
      if (done != 0) return killed;
      ++killed;
    }
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      bool known = false;
      for (const pid_t one : already) known = known || one == child;
      if (!known) {
        already.push_back(child);
        ++killed;
      }
    }
    // Killing one hands its own children to us: look again after each has ended.
    if (!reap(0)) break;
  }
  return killed;
}

}  // namespace strata::agent
