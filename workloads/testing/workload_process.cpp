#include "workloads/testing/workload_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace strata::workloads::testing {
namespace {

/// Asks `condition` again and again until it holds; false after `limit`.
bool await(std::chrono::seconds limit, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace

WorkloadProcess::WorkloadProcess(const std::vector<std::string>& arguments,
                                 const std::function<void()>& before_exec)
    : file_(::memfd_create("output", MFD_CLOEXEC)) {
  std::vector<std::string> words{STRATA_WORKLOADS};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::dup2(file_, 1);
  ::dup2(file_, 2);
  if (before_exec) before_exec();
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

WorkloadProcess::~WorkloadProcess() {
  kill();
  ::close(file_);
}

void WorkloadProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int WorkloadProcess::wait() {
  int status = 0;
  if (!await(std::chrono::seconds(120),
             [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) {
    return -1;
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string WorkloadProcess::output() const {
  struct stat status {};
  ::fstat(file_, &status);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const auto count = ::pread(file_, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

bool WorkloadProcess::await_output(const std::string& text) const {
  return await(std::chrono::seconds(10), [&] { return output().find(text) != std::string::npos; });
}

nlohmann::json run_workload(const std::string& name, const std::string& min_time,
                            const std::function<void()>& before_exec) {
  WorkloadProcess process({"--benchmark_filter=^" + name + "/real_time$", "--benchmark_format=json",
                           "--benchmark_min_time=" + min_time},
                          before_exec);
  const auto code = process.wait();
  const auto text = process.output();
  const auto start = text.find("\n{");
  const auto json =
      nlohmann::json::parse(start == std::string::npos ? text : text.substr(start), nullptr, false);
  if (code == 0 && !json.is_discarded() && json.contains("benchmarks")) {
    return json["benchmarks"][0];
  }
  return {{"error_message", "exit code " + std::to_string(code) + ": " + text}};
}

}  // namespace strata::workloads::testing
