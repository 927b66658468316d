#include "drivers/oci/runtime.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

#include "drivers/bundle.h"
#include "drivers/child_process.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

/// What has been written to a file in memory; its end, if it is much.
std::string content_of(int fd) {
  constexpr off_t kMost = 4096;
  const auto size = std::max<off_t>(::lseek(fd, 0, SEEK_END), 0);
  std::string text(static_cast<std::size_t>(std::min(size, kMost)), '\0');
  const auto count = ::pread(fd, text.data(), text.size(), size - std::min(size, kMost));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

UniqueFd file_in_memory() {
  UniqueFd fd(::memfd_create("strata-runtime-output", MFD_CLOEXEC));
  if (!fd) throw system_error("make a file for what the runtime prints", errno);
  return fd;
}

UniqueFd nothing() {
  UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!fd) throw system_error("open /dev/null", errno);
  return fd;
}

}  // namespace

Runtime::Runtime(const std::string& program, std::filesystem::path home, std::string run_id)
    : program_(find_program(program)),
      home_(std::move(home)),
      state_(home_.path() / "state"),
      run_id_(std::move(run_id)),
      hidden_cgroups_(second_cgroup_hierarchy()) {}

void Runtime::call(const std::vector<std::string>& words, PrivateMounts mounts,
                   const std::array<int, 3>& descriptors, Deadline deadline) {
  const auto tried = fmt::format("{} {}", program_, fmt::join(words, " "));
  if (deadline.expired()) throw DeadlineExceeded(tried, "there was no time left to begin with");
  ProgramStart start;
  start.words.push_back(program_);
  start.words.insert(start.words.end(), arguments_.begin(), arguments_.end());
  start.words.insert(start.words.end(), words.begin(), words.end());
  start.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "STRATA_RUN_ID=" + run_id_};
  start.descriptors = descriptors;
  mounts.hidden_cgroups = hidden_cgroups_;
  ChildProcess child(start_with_mounts(start, mounts));
  const auto end = child.wait(deadline);
  if (!end) {
    throw DeadlineExceeded(tried, fmt::format("it did not end before the deadline; it said: {}",
                                              printable(content_of(descriptors[2]), 600)));
  }
  child.reap();
  if (end->exited && end->number == 0) return;
  throw Error(tried, fmt::format("{}; it said: {}", describe(*end),
                                 printable(content_of(descriptors[2]), 600)));
}

void Runtime::call_quietly(const std::vector<std::string>& words, Deadline deadline) {
  const auto null = nothing();
  const auto side = file_in_memory();
  call(words, {}, {null.get(), side.get(), side.get()}, deadline);
}

const std::string& Runtime::version(Deadline deadline) {
  if (!version_.empty()) return version_;
  const auto null = nothing();
  const auto side = file_in_memory();
  call({"--version"}, {}, {null.get(), side.get(), side.get()}, deadline);
  const auto text = content_of(side.get());
  version_ = printable(text.substr(0, text.find('\n')));
  return version_;
}

bool Runtime::is_gvisor(Deadline deadline) { return version(deadline).starts_with("runsc"); }

pid_t Runtime::create(const std::string& id, const std::filesystem::path& bundle,
                      PrivateMounts root, const ChildEnds& ends, Deadline deadline) {
  const auto pid_file = bundle / "pid";
  call({"--root", state_, "create", "--bundle", bundle, "--pid-file", pid_file, id},
       std::move(root), {ends.theirs.get(), ends.theirs.get(), ends.side.get()}, deadline);
  std::ifstream file(pid_file);
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 0) {
    throw Error(fmt::format("{} create {}", program_, id), "it wrote no process number",
                "is it an OCI runtime?");
  }
  return pid;
}

void Runtime::start(const std::string& id, Deadline deadline) {
  call_quietly({"--root", state_, "start", id}, deadline);
}

void Runtime::remove(const std::string& id, bool force, Deadline deadline) {
  std::vector<std::string> words{"--root", state_, "delete"};
  if (force) words.emplace_back("--force");
  words.push_back(id);
  call_quietly(words, deadline);
}

}  // namespace strata::drivers
