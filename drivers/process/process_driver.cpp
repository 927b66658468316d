#include "drivers/process/process_driver.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

#include "drivers/agent_connection.h"
#include "drivers/fd_stream.h"
#include "drivers/process/bundle_folder.h"
#include "drivers/process/process_scan.h"
#include "drivers/process/spawn.h"
#include "drivers/process_usage.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// How long an agent may take to notice that its host is gone, and a killed one to be gone.
constexpr auto kEndOfItsOwn = std::chrono::seconds(2);

/// A socket whose other end the agent has, with what the agent prints on stderr as side output.
class ProcessStream final : public ByteStream {
 public:
  ProcessStream(UniqueFd socket, UniqueFd side)
      : stream_(std::move(socket), "the agent"), side_(std::move(side)) {}

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override {
    return stream_.read_some(buffer, deadline);
  }
  [[nodiscard]] TimePoint arrival() const override { return stream_.arrival(); }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override {
    stream_.write_all(bytes, deadline);
  }
  [[nodiscard]] std::string_view side_output() const override {
    const auto count = ::pread(side_.get(), text_.data(), text_.size(), 0);
    return {text_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  void close() { stream_.close(); }

 private:
  FdStream stream_;
  UniqueFd side_;
  mutable std::array<char, 4096> text_{};
};

/// One agent as a child process.
class ProcessInstance final : public Instance {
 public:
  ProcessInstance(TimePoint requested, const std::string& root, const DriverContext& context,
                  std::shared_ptr<ScratchFolders> folders)
      : clock_(context.clock), folders_(std::move(folders)), scratch_(folders_->take()) {
    stamps_.set(Stamp::kRequested, requested);
    try {
      launch(root + "/strata/agent", context.run_id);
    } catch (...) {
      folders_->give_back(scratch_);
      throw;
    }
  }

  ~ProcessInstance() override {
    if (pid_ > 0) reclaim();
    folders_->give_back(scratch_);
  }

  void await_hello(Deadline deadline) { connection_->await_hello(deadline); }

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }

  Outcome run(const Job& job, Deadline deadline) override {
    return connection_->run(job, deadline);
  }

  [[nodiscard]] Usage usage() override {
    Usage usage;
    usage.sandbox = usage_of_process(pid_);
    return usage;
  }

  void stop(Deadline deadline) override {
    connection_->stop(deadline);
    if (!reap(deadline)) {
      throw DeadlineExceeded("wait for the agent's end", "it closed its stream and did not exit");
    }
    stamps_.set(Stamp::kRemoved, clock_.now());
  }

 private:
  void launch(const std::string& agent, const std::string& run_id) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw system_error("make a socket pair for the agent", errno);
    }
    UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    UniqueFd side(::memfd_create("strata-agent-stderr", MFD_CLOEXEC));
    if (!side) throw system_error("make a file for what the agent prints", errno);
    pid_ = spawn(agent, {"STRATA_RUN_ID=" + run_id, "STRATA_SCRATCH=" + scratch_.string()},
                 {theirs.get(), theirs.get(), side.get()});
    stamps_.set(Stamp::kCreated, clock_.now());
    stream_ = std::make_unique<ProcessStream>(std::move(ours), std::move(side));
    connection_ = std::make_unique<AgentConnection>(*stream_, stamps_);
  }

  /// False: it has not ended by the deadline.
  bool reap(Deadline deadline) {
    const UniqueFd pidfd(::pidfd_open(pid_, 0));
    try {
      if (pidfd) wait_for(pidfd.get(), POLLIN, deadline, "wait for the agent's end");
    } catch (const DeadlineExceeded&) {
      return false;
    }
    // With the end seen, this does not block.
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return true;
  }

  void reclaim() noexcept {
    try {
      stream_->close();  // the agent kills what it started, and ends
      if (!reap(Deadline::after(monotonic_clock(), kEndOfItsOwn))) {
        ::kill(pid_, SIGKILL);
        reap(Deadline::after(monotonic_clock(), kEndOfItsOwn));
      }
      // An agent that was killed could not do so: its scratch folder's name marks what it started.
      kill_processes_with("STRATA_SCRATCH",
                          [&](const FoundProcess& one) { return one.value == scratch_; });
    } catch (const std::exception&) {
      // Nothing more can be done here; `strata clean` finds what is left by its run id.
    }
  }

  Clock& clock_;
  std::shared_ptr<ScratchFolders> folders_;
  fs::path scratch_;
  Stamps stamps_;
  pid_t pid_ = -1;
  std::unique_ptr<ProcessStream> stream_;
  std::unique_ptr<AgentConnection> connection_;
};

void require_no_limits(const Target& target, const Limits& limits) {
  const char* const name = limits.memory             ? "memory"
                           : limits.cpus             ? "CPU time"
                           : limits.processes        ? "processes"
                           : !limits.cpu_set.empty() ? "its CPU set"
                                                     : nullptr;
  if (name == nullptr) return;
  throw UsageError(fmt::format("start an instance of {}", target.name),
                   fmt::format("a bare process can't be given a limit on {}", name),
                   "use a container target for it");
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  std::vector<std::string> removed;
  for (const auto& one : kill_processes_with(
           "STRATA_RUN_ID", [&](const FoundProcess& found) { return is_abandoned(found.value); })) {
    removed.push_back(fmt::format("process {} ({}) of run {}", one.pid, one.name, one.value));
  }
  if (with_cache && remove_laid_out(context.cache_directory)) {
    removed.push_back(fmt::format("prepared bundles in {}", context.cache_directory.string()));
  }
  return removed;
}

}  // namespace

ProcessDriver::ProcessDriver(Target target, const DriverContext& context)
    : target_(std::move(target)),
      context_(context),
      scratch_(std::make_shared<ScratchFolders>(context.private_directory)) {}

Availability ProcessDriver::probe(Deadline deadline) {
  try {
    Bundle bundle;
    bundle.digest = "agent";
    bundle.files.push_back({"strata/agent", context_.agent, true, {}});
    const auto folder = context_.private_directory / "probe";
    start({bundle.digest, lay_out(bundle, folder).string()}, {}, deadline)->stop(deadline);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return strata::drivers::Ready{{{"accelerator", "native"}, {"scratch", "host"}}};
  } catch (const Error& error) {
    return error.failure();
  }
}

Prepared ProcessDriver::prepare(const Bundle& bundle, Deadline /*deadline*/) {
  scratch_->keep_ready();
  return {bundle.digest, lay_out(bundle, context_.cache_directory).string()};
}

std::unique_ptr<Instance> ProcessDriver::start(const Prepared& prepared, const Limits& limits,
                                               Deadline deadline) {
  const auto requested = context_.clock.now();
  require_no_limits(target_, limits);
  auto instance =
      std::make_unique<ProcessInstance>(requested, prepared.location, context_, scratch_);
  instance->await_hello(deadline);
  return instance;
}

const DriverEntry kProcessDriverEntry{
    .name = "process",
    .summary = "a bare process of this host: the baseline",
    .options = {},
    .shipped_targets =
        [] {
          return std::vector<Target>{{"process", "process", {}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<ProcessDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
