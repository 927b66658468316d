#include "drivers/kvm/kvm_loops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

constexpr double kHardwareRate = 1e8;
constexpr auto kTried = "run two loops through /dev/kvm";

}  // namespace

KvmVerdict judge(const LoopRates& rates) {
  if (rates.ring0 > kHardwareRate) return KvmVerdict::kHardware;
  return rates.ring3 > kHardwareRate ? KvmVerdict::kRing3Only : KvmVerdict::kEmulated;
}

std::string describe(KvmVerdict verdict, const LoopRates& rates) {
  const auto figures = fmt::format("{:.3g} rounds/s of a loop in ring 0, {:.3g} in ring 3",
                                   rates.ring0, rates.ring3);
  switch (verdict) {
    case KvmVerdict::kHardware:
      return fmt::format("kernels run on the processor ({})", figures);
    case KvmVerdict::kRing3Only:
      return fmt::format(
          "/dev/kvm opens, but what a guest runs as a kernel is emulated instruction by "
          "instruction: "
          "a stock kernel hangs ({})",
          figures);
    case KvmVerdict::kEmulated:
      return fmt::format("/dev/kvm opens, but nothing of a guest runs on the processor ({})",
                         figures);
  }
  return {};
}

#if defined(__x86_64__)

namespace {

constexpr std::size_t kMemory = 64UL * 1024;
constexpr std::uint64_t kTables = 0x1000;  // three pages of page tables
constexpr std::uint64_t kGdt = 0x4000;
constexpr std::uint64_t kCode = 0x5000;
constexpr std::uint64_t kStack = 0x8000;
constexpr std::uint16_t kPort = 0x10;
/// Rounds of a run; a processor needs some microseconds, an emulator 30 ms.
constexpr std::uint32_t kRounds = 20'000;
constexpr int kRuns = 3;
/// All runs of one ring together; then the last is broken off.
constexpr long kRingLimitNs = 140'000'000;

class Mapping {
 public:
  Mapping(int fd, std::size_t size, int flags)
      : address_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0)), size_(size) {
    if (address_ == MAP_FAILED) throw system_error(kTried, errno);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address_, size_); }
  [[nodiscard]] std::byte* bytes() const { return static_cast<std::byte*>(address_); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void* address_;
  std::size_t size_;
};

/// Brings a virtual CPU back to us after a time, whatever it is doing: a timer's signal ends the
/// call that it runs in, or keeps it from starting.
class Alarm {
 public:
  explicit Alarm(kvm_run& state) {
    struct sigaction action {};
    action.sa_sigaction = [](int /*number*/, siginfo_t* info, void* /*context*/) {
      static_cast<kvm_run*>(info->si_value.sival_ptr)->immediate_exit = 1;
    };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(number(), &action, &before_);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = number();
    event.sigev_value.sival_ptr = &state;
    event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) throw system_error(kTried, errno);
    const itimerspec once{{}, {0, kRingLimitNs}};
    ::timer_settime(timer_, 0, &once, nullptr);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() {
    ::timer_delete(timer_);
    ::sigaction(number(), &before_, nullptr);
  }

 private:
  static int number() { return SIGRTMIN + 5; }
  struct sigaction before_ {};
  timer_t timer_{};
};

int must(int result, const char* step) {
  if (result < 0) throw system_error(fmt::format("{}: {}", kTried, step), errno);
  return result;
}

template <typename Value>
void put(std::byte* memory, std::uint64_t at, Value value) {
  std::memcpy(memory + at, &value, sizeof value);
}

void lay_out(std::byte* memory) {
  constexpr std::uint64_t kUserPage = 7;  // present, writable, for ring 3 as well
  constexpr std::uint64_t kLarge = 1U << 7U;
  constexpr std::uint64_t kPage = 0x1000;
  put(memory, kTables, kTables + kPage + kUserPage);
  put(memory, kTables + kPage, kTables + 2 * kPage + kUserPage);
  put(memory, kTables + 2 * kPage, kUserPage + kLarge);  // the first 2 MiB as they are
  // Descriptors: none, code and data of ring 0, data and code of ring 3.
  const std::array<std::uint64_t, 5> descriptors{0, 0x00af9b000000ffff, 0x00cf93000000ffff,
                                                 0x00cff3000000ffff, 0x00affb000000ffff};
  std::memcpy(memory + kGdt, descriptors.data(), sizeof descriptors);
  // mov ecx, kRounds; again: dec ecx; jnz again; out kPort, al; jmp to itself
  const std::array<std::uint8_t, 13> code{0xb9,
                                          kRounds & 0xff,
                                          (kRounds >> 8U) & 0xff,
                                          (kRounds >> 16U) & 0xff,
                                          kRounds >> 24U,
                                          0xff,
                                          0xc9,
                                          0x75,
                                          0xfc,
                                          0xe6,
                                          kPort,
                                          0xeb,
                                          0xfe};
  std::memcpy(memory + kCode, code.data(), code.size());
}

kvm_segment segment(std::uint16_t selector, bool is_code, std::uint8_t ring) {
  kvm_segment segment{};
  segment.limit = 0xffffffff;
  segment.selector = static_cast<std::uint16_t>(selector | ring);
  segment.type = is_code ? 11 : 3;
  segment.present = 1;
  segment.dpl = ring;
  segment.db = is_code ? 0 : 1;
  segment.s = 1;
  segment.l = is_code ? 1 : 0;
  segment.g = 1;
  return segment;
}

/// One virtual machine with one CPU, in long mode in one of the rings.
class LoopMachine {
 public:
  LoopMachine(int kvm, std::uint8_t ring)
      : ring_(ring),
        vm_(must(::ioctl(kvm, KVM_CREATE_VM, 0), "make a machine")),
        memory_(-1, kMemory, MAP_PRIVATE | MAP_ANONYMOUS) {
    lay_out(memory_.bytes());
    kvm_userspace_memory_region region{};
    region.memory_size = kMemory;
    region.userspace_addr = reinterpret_cast<std::uint64_t>(memory_.bytes());
    must(::ioctl(vm_.get(), KVM_SET_USER_MEMORY_REGION, &region), "give it memory");
    cpu_.reset(must(::ioctl(vm_.get(), KVM_CREATE_VCPU, 0), "make a CPU"));
    state_.emplace(cpu_.get(),
                   static_cast<std::size_t>(
                       must(::ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "ask for its state's size")),
                   MAP_SHARED);
  }

  /// What the kernel and we tell each other of the CPU.
  [[nodiscard]] kvm_run& state() const { return *reinterpret_cast<kvm_run*>(state_->bytes()); }

  /// One run of the loop; nothing if it was broken off.
  std::optional<Duration> run() {
    set_registers();
    const auto& clock = monotonic_clock();
    const auto begin = clock.now();
    if (::ioctl(cpu_.get(), KVM_RUN, 0) < 0) {
      if (errno == EINTR) return std::nullopt;
      throw system_error(kTried, errno);
    }
    const auto took = clock.now() - begin;
    const auto reason = state().exit_reason;
    if (reason != KVM_EXIT_IO) {
      throw Error(kTried, fmt::format("a loop in ring {} ended for reason {}", ring_, reason));
    }
    return took;
  }

 private:
  void set_registers() {
    kvm_sregs special{};
    must(::ioctl(cpu_.get(), KVM_GET_SREGS, &special), "read its registers");
    constexpr std::uint16_t kCode0 = 0x08;
    constexpr std::uint16_t kData0 = 0x10;
    constexpr std::uint16_t kData3 = 0x18;
    constexpr std::uint16_t kCode3 = 0x20;
    special.cs = segment(ring_ == 0 ? kCode0 : kCode3, true, ring_);
    special.ds = segment(ring_ == 0 ? kData0 : kData3, false, ring_);
    special.es = special.ss = special.fs = special.gs = special.ds;
    special.gdt.base = kGdt;
    special.gdt.limit = 5 * sizeof(std::uint64_t) - 1;
    special.cr3 = kTables;
    special.cr4 |= 1U << 5U;                   // PAE
    special.cr0 |= 1U | (1U << 31U);           // PE, PG
    special.efer |= (1U << 8U) | (1U << 10U);  // LME, LMA
    must(::ioctl(cpu_.get(), KVM_SET_SREGS, &special), "set its special registers");
    kvm_regs registers{};
    registers.rip = kCode;
    registers.rsp = kStack;
    registers.rflags = 2U | (3U << 12U);  // ring 3 may use ports
    must(::ioctl(cpu_.get(), KVM_SET_REGS, &registers), "set its registers");
  }

  std::uint8_t ring_;
  UniqueFd vm_;
  Mapping memory_;
  UniqueFd cpu_;
  std::optional<Mapping> state_;
};

/// The best of some runs, in rounds a second.
double rate_of(int kvm, std::uint8_t ring) {
  LoopMachine machine(kvm, ring);
  const Alarm alarm(machine.state());
  std::optional<Duration> best;
  for (int i = 0; i < kRuns; ++i) {
    const auto took = machine.run();
    if (!took) break;
    best = std::min(best.value_or(*took), *took);
    // A rate this low gets no better.
    if (*took > std::chrono::milliseconds(1)) break;
  }
  const auto seconds = best ? std::chrono::duration<double>(*best).count()
                            : static_cast<double>(kRingLimitNs) * 1e-9;
  return kRounds / seconds;
}

}  // namespace

LoopRates run_kvm_loops() {
  const UniqueFd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm) {
    throw system_error("open /dev/kvm", errno,
                       errno == EACCES ? "add yourself to the group kvm"
                                       : "switch hardware virtualization on in the firmware, or in "
                                         "the hypervisor above this machine");
  }
  return {rate_of(kvm.get(), 0), rate_of(kvm.get(), 3)};
}

#else

LoopRates run_kvm_loops() {
  const UniqueFd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm) throw system_error("open /dev/kvm", errno);
  // Nothing is known on this machine type that opens and can't run a kernel: the canary decides.
  return {kHardwareRate * 10, kHardwareRate * 10};
}

#endif

}  // namespace strata::drivers
