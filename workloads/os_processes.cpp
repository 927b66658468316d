// Operating system: processes and threads made and ended.

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string>

#include "workloads/common/unique_fd.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr int kExitCode = 7;

/// The smallest program: an ELF header, one segment, and the system call exit(7). What exec costs
/// with it is the kernel's own work, and no loader's.
struct SmallestProgram {
  Elf64_Ehdr header{};
  Elf64_Phdr segment{};
#if defined(__x86_64__)
  // mov edi, 7; mov eax, 60 (exit); syscall
  std::array<unsigned char, 12> code{0xbf, kExitCode, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};
  static constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
  // mov x0, #7; mov x8, #93 (exit); svc #0
  std::array<unsigned char, 12> code{0xe0, 0x00, 0x80, 0xd2, 0xa8, 0x0b,
                                     0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};
  static constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "strata-workloads is built for x86-64 and ARM64"
#endif

  SmallestProgram() {
    constexpr Elf64_Addr kAddress = 0x400000;
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = kMachine;
    header.e_version = EV_CURRENT;
    header.e_entry = kAddress + offsetof(SmallestProgram, code);
    header.e_phoff = offsetof(SmallestProgram, segment);
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof segment;
    header.e_phnum = 1;
    segment.p_type = PT_LOAD;
    segment.p_flags = PF_R | PF_X;
    segment.p_vaddr = kAddress;
    segment.p_paddr = kAddress;
    segment.p_filesz = sizeof *this;
    segment.p_memsz = sizeof *this;
    segment.p_align = 4096;
  }
};

/// A file in memory that holds it: needs no folder, and is gone with the process.
UniqueFd program_in_memory() {
  UniqueFd fd(::memfd_create("strata-smallest-program", MFD_CLOEXEC));
  const SmallestProgram program;
  if (fd && ::write(fd.get(), &program, sizeof program) != sizeof program) fd.reset();
  return fd;
}

/// Becomes the program, or exits with another code; for a child that has just been made.
void become(const UniqueFd& program) {
  char name[] = "smallest";
  char* arguments[] = {name, nullptr};
  char* environment[] = {nullptr};
  ::syscall(SYS_execveat, program.get(), "", arguments, environment, AT_EMPTY_PATH);
  ::_exit(127);
}

bool ended_with(pid_t child, int code) {
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == code;
}

/// fork, _exit in the child, waitpid in the parent (lmbench lat_proc fork). Unit: ns for all.
void fork_exit(benchmark::State& state) {
  for (auto _ : state) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(kExitCode);
    if (child < 0) return fail_errno(state, "fork");
    if (!ended_with(child, kExitCode)) return fail(state, "the child ended otherwise");
  }
  set_checksum(state, kExitCode);
}

/// fork, exec of a static program of 132 bytes that exits, waitpid (lmbench lat_proc exec). Unit:
/// ns for all.
void fork_exec(benchmark::State& state) {
  const auto program = program_in_memory();
  if (!program) return fail_errno(state, "write a program to a file in memory");
  for (auto _ : state) {
    const pid_t child = ::fork();
    if (child == 0) become(program);
    if (child < 0) return fail_errno(state, "fork");
    if (!ended_with(child, kExitCode)) return fail(state, "execute the program: it did not run");
  }
  set_checksum(state, kExitCode);
}

int become_program(void* program) {
  become(*static_cast<const UniqueFd*>(program));
  return 127;
}

/// The same after vfork, which lends the parent's memory instead of copying its page tables; by the
/// clone that vfork is, with a stack for the child. Unit: ns for all.
void vfork_exec(benchmark::State& state) {
  auto program = program_in_memory();
  alignas(16) std::array<char, 16UL << 10U> stack;
  if (!program) return fail_errno(state, "write a program to a file in memory");
  for (auto _ : state) {
    const pid_t child = ::clone(become_program, stack.data() + stack.size(),
                                CLONE_VM | CLONE_VFORK | SIGCHLD, &program);
    if (child < 0) return fail_errno(state, "vfork");
    if (!ended_with(child, kExitCode)) return fail(state, "execute the program: it did not run");
  }
  set_checksum(state, kExitCode);
}

void* count_up(void* counter) {
  static_cast<std::atomic<std::int64_t>*>(counter)->fetch_add(1);
  return nullptr;
}

/// pthread_create of a thread that adds one, and pthread_join. Unit: ns for both.
void thread_create_join(benchmark::State& state) {
  std::atomic<std::int64_t> counter{0};
  for (auto _ : state) {
    pthread_t thread{};
    const int error = ::pthread_create(&thread, nullptr, count_up, &counter);
    if (error != 0) {
      return fail(state, std::string("create a thread: ") + std::strerror(error));
    }
    ::pthread_join(thread, nullptr);
  }
  if (counter != state.iterations()) fail(state, "a thread did not run");
  set_checksum(state, 1);
}

const bool kForkExit =
    add_workload({.name = "os/fork_exit", .summary = "fork, _exit, waitpid"}, fork_exit);
const bool kForkExec = add_workload(
    {.name = "os/fork_exec", .summary = "fork, exec of the smallest program, waitpid"}, fork_exec);
const bool kVforkExec = add_workload(
    {.name = "os/vfork_exec", .summary = "vfork, exec of the smallest program, waitpid"},
    vfork_exec);
const bool kThread =
    add_workload({.name = "os/thread_create_join", .summary = "a thread created and joined"},
                 thread_create_join);

}  // namespace
}  // namespace strata::workloads
