#include "drivers/oci/oci_instance.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <chrono>
#include <exception>
#include <utility>

#include "drivers/container_usage.h"
#include "drivers/fd_stream.h"
#include "drivers/oci/cgroup_remains.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// For tidying up after something went wrong, when the caller's deadline has passed already.
constexpr auto kTidyLimit = std::chrono::seconds(10);

Deadline for_tidying() { return Deadline::after(monotonic_clock(), kTidyLimit); }

}  // namespace

OciInstance::OciInstance(std::shared_ptr<Runtime> runtime, Setup setup, const Clock& clock)
    : runtime_(std::move(runtime)),
      setup_(std::move(setup)),
      clock_(clock),
      folder_(setup_.folder) {
  if (!setup_.scratch.empty()) scratch_.emplace(setup_.scratch);
}

OciInstance::~OciInstance() {
  if (!is_asked_for_ || is_removed_) return;
  // Each by itself: where the runtime can't, the kernel can.
  try {
    runtime_->remove(setup_.id, true, for_tidying());
  } catch (const std::exception&) {
    if (first_process_) ::pidfd_send_signal(first_process_.get(), SIGKILL, nullptr, 0);
  }
  try {
    if (first_process_) {
      wait_for(first_process_.get(), POLLIN, for_tidying(), "wait for the end of a container");
    }
    remove_cgroups([&](std::string_view name) { return name == setup_.id; }, for_tidying());
  } catch (const std::exception&) {
    // `strata clean` finds the rest by the run's id.
  }
}

void OciInstance::start(const PrivateMounts& mounts, TimePoint requested, Deadline deadline) try {
  stamps_.set(Stamp::kRequested, requested);
  ChildEnds ends;
  if (deadline.expired()) {
    throw DeadlineExceeded("create a container", "there was no time left to begin with");
  }
  is_asked_for_ = true;
  const auto pid = runtime_->create(setup_.id, setup_.folder, mounts, ends, deadline);
  stamps_.set(Stamp::kCreated, clock_.now());
  first_process_ = UniqueFd(::pidfd_open(pid, 0));
  if (!first_process_) throw system_error("watch a container's first process", errno);
  // The container alone has them now: the stream ends with it.
  ends.theirs.reset();
  stream_ = std::make_unique<ChildStream>(std::move(ends.ours), std::move(ends.side));
  runtime_->start(setup_.id, deadline);
  stamps_.set(Stamp::kLaunched, clock_.now());
  connection_ = std::make_unique<AgentConnection>(*stream_, stamps_);
  connection_->await_hello(deadline);
  cgroup_ = Cgroup::find(setup_.id);
} catch (const Error& error) {
  explain(error);
}

Outcome OciInstance::run(const Job& job, Deadline deadline) try {
  auto outcome = connection_->run(job, deadline);
  if (cgroup_) note_out_of_memory(*cgroup_, outcome);
  return outcome;
} catch (const Error& error) {
  explain(error);
}

Usage OciInstance::usage() { return cgroup_ ? usage_of_container(*cgroup_) : Usage{}; }

NetworkPath OciInstance::network_path() const {
  constexpr auto kLoopback = "127.0.0.1";
  return setup_.is_on_host_network ? NetworkPath{kLoopback, kLoopback} : NetworkPath{};
}

void OciInstance::remove(Deadline deadline) {
  wait_for(first_process_.get(), POLLIN, deadline, "wait for the end of a container");
  runtime_->remove(setup_.id, false, deadline);
  if (scratch_) scratch_->remove();
  folder_.remove();
  is_removed_ = true;
}

void OciInstance::stop(Deadline deadline) try {
  connection_->stop(deadline);
  remove(deadline);
  stamps_.set(Stamp::kRemoved, clock_.now());
} catch (const Error& error) {
  explain(error);
}

void OciInstance::explain(const Error& error) const {
  if (!stream_ || !stream_->has_ended() || !cgroup_) throw;
  const auto kills = cgroup_->out_of_memory_kills().value_or(0);
  if (kills == 0) throw;
  throw Error(error.failure().tried,
              error.failure().said + "; the kernel killed it for want of memory",
              error.failure().do_next);
}

}  // namespace strata::drivers
