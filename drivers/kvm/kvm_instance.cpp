#include "drivers/kvm/kvm_instance.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "drivers/job_codec.h"
#include "drivers/kvm/vmm_usage.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/resume.h"

namespace strata::drivers {
namespace {

constexpr std::size_t kConsoleLines = 30;
constexpr std::size_t kConsoleBytes = 3000;
/// For questions to the VMM that have nothing to do with the guest.
constexpr auto kVmmAnswer = std::chrono::seconds(2);

}  // namespace

KvmInstance::KvmInstance(KvmSetup setup, const Clock& clock)
    : setup_(std::move(setup)), clock_(clock) {}

KvmInstance::~KvmInstance() {
  connection_.reset();
  stream_.reset();
  guest_.reset();
  setup_.link.reset();
  std::error_code ignored;
  if (setup_.guest.disk) std::filesystem::remove(setup_.guest.disk->path, ignored);
}

void KvmInstance::start(Vmm& vmm, TimePoint requested, Deadline deadline) {
  stamps_.set(Stamp::kRequested, requested);
  if (deadline.expired()) {
    throw DeadlineExceeded("start a virtual machine", "the deadline had passed before");
  }
  GuestChannels channels;
  guest_ = vmm.create(setup_.guest, channels, deadline);
  if (setup_.link) setup_.link->hand_over();
  stamps_.set(Stamp::kCreated, guest_->created_at());
  stream_.emplace(std::move(channels));
  connection_.emplace(*stream_, stamps_);
  try {
    pin_vcpus(deadline);
    guest_->begin(deadline);
    stamps_.set(Stamp::kLaunched, clock_.now());
    if (setup_.guest.is_restored) resume(deadline);
    await_agent(deadline);
    find_network_path(deadline);
  } catch (const Error& error) {
    explain(error);
  }
}

void KvmInstance::await_agent(Deadline deadline) {
  connection_->await_hello(deadline);
  stream_->read_console(clock_);
  // The kernel hands over to the agent long before there is a stream, and the agent says so on the
  // console as its first act.
  if (const auto mark = stream_->mark(); mark && !setup_.guest.is_restored) {
    stamps_.set(Stamp::kMain, *mark);
    if (const auto first = stream_->first_byte(); first && *first < *mark) {
      stamps_.set(Stamp::kKernel, *first);
    }
  }
}

void KvmInstance::resume(Deadline deadline) {
  std::array<std::byte, wire::kResumeEntropy> entropy{};
  if (::getrandom(entropy.data(), entropy.size(), 0) != static_cast<ssize_t>(entropy.size())) {
    throw system_error("get random bytes for a guest", errno);
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const wire::Resume resume{static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()),
                            entropy, setup_.run_id};
  std::vector<std::byte> payload;
  wire::append_resume(payload, resume);
  const auto header =
      wire::encode_header({static_cast<std::uint32_t>(payload.size()), wire::FrameType::kResume});
  payload.insert(payload.begin(), header.begin(), header.end());
  stream_->write_all(payload, deadline);
}

void KvmInstance::pin_vcpus(Deadline deadline) {
  if (setup_.vcpu_cpus.empty()) return;
  const auto threads = guest_->vcpu_threads(deadline);
  for (std::size_t i = 0; i < threads.size() && i < setup_.vcpu_cpus.size(); ++i) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(setup_.vcpu_cpus[i], &set);
    if (::sched_setaffinity(threads[i], sizeof set, &set) != 0) {
      throw system_error(fmt::format("pin a virtual CPU to CPU {}", setup_.vcpu_cpus[i]), errno,
                         "`nproc` says how many there are; they count from 0");
    }
  }
}

void KvmInstance::find_network_path(Deadline deadline) {
  if (setup_.link) {
    setup_.link->require_alive();
    network_path_ = setup_.link->path();
    return;
  }
  if (setup_.guest.network.kind == GuestNetwork::Kind::kUser) {
    network_path_ = {kUserHost, "127.0.0.1", guest_->forwarded_port(NetworkPath::kPort, deadline)};
  }
}

Outcome KvmInstance::run(const Job& job, Deadline deadline) try {
  auto outcome = connection_->run(job, deadline);
  if (outcome.succeeded() || !(setup_.guest.disk || setup_.guest.root_disk)) return outcome;
  // The program may know no more than that of an input/output error.
  if (const auto why = guest_->disk_error(); !why.empty()) {
    throw Error("use a file of this host as a guest's disk", why,
                "is the host's disk full? TMPDIR names another place");
  }
  return outcome;
} catch (const UsageError&) {
  throw;
} catch (const ProgramNotStarted&) {
  throw;  // the guest is as good as before
} catch (const Error& error) {
  explain(error);
}

Usage KvmInstance::usage() {
  try {
    const auto threads = guest_->vcpu_threads(Deadline::after(clock_, kVmmAnswer));
    const auto carriers = setup_.link ? setup_.link->processes() : std::vector<pid_t>();
    return usage_of_vmm(guest_->pid(), threads, setup_.guest.memory, carriers);
  } catch (const Error&) {
    return {};  // it has ended
  }
}

void KvmInstance::save(Deadline deadline) { guest_->save(deadline); }

void KvmInstance::stop(Deadline deadline) try {
  connection_->stop(deadline);
  if (const auto how = guest_->wait_for_end(deadline)) {
    throw Error("stop a virtual machine", fmt::format("QEMU: {}", *how));
  }
  setup_.link.reset();
  if (setup_.guest.disk) std::filesystem::remove(setup_.guest.disk->path);
  stamps_.set(Stamp::kRemoved, clock_.now());
} catch (const Error& error) {
  explain(error);
} catch (const std::filesystem::filesystem_error& error) {
  throw Error("remove a scratch disk", error.what());
}

void KvmInstance::explain(const Error& error) {
  auto said = error.failure().said;
  if (const auto words = guest_->last_words(); !words.empty()) said += "; " + words;
  stream_->read_console(clock_);
  const auto console = stream_->console().last_lines(kConsoleLines, kConsoleBytes);
  if (!console.empty()) {
    said += fmt::format("; the end of its console: {}", printable(console, kConsoleBytes));
  }
  Failure failure{error.failure().tried, std::move(said), error.failure().do_next};
  if (dynamic_cast<const DeadlineExceeded*>(&error) != nullptr) {
    throw DeadlineExceeded(failure.tried, failure.said, failure.do_next);
  }
  throw Error(std::move(failure));
}

}  // namespace strata::drivers
