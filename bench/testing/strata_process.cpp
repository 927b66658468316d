#include "bench/testing/strata_process.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "results/vocabulary/unique_fd.h"

namespace strata::bench::testing {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

StrataProcess::StrataProcess(const std::vector<std::string>& arguments, const fs::path& workspace) {
  static int number = 0;
  const auto name = std::to_string(number++);
  output_ = workspace / ("output-" + name);
  error_output_ = workspace / ("error-output-" + name);
  std::vector<std::string> words{STRATA_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::setenv("XDG_CACHE_HOME", (workspace / "cache").c_str(), 1);
  ::setenv("NO_COLOR", "1", 1);
  const UniqueFd out(::open(output_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const UniqueFd err(::open(error_output_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const UniqueFd in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(in.get(), 0);
  ::dup2(out.get(), 1);
  ::dup2(err.get(), 2);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

StrataProcess::~StrataProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string StrataProcess::output_so_far() const { return content_of(output_); }

bool StrataProcess::ended() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

Finished StrataProcess::wait(std::chrono::milliseconds limit) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd watched{pidfd.get(), POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(limit.count())) == 0) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(output_),
          content_of(error_output_)};
}

Finished run_strata(const std::vector<std::string>& arguments, const fs::path& workspace) {
  return StrataProcess(arguments, workspace).wait();
}

TemporaryFolder::TemporaryFolder() {
  auto name = (fs::temp_directory_path() / "strata-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace strata::bench::testing
