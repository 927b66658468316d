#include "drivers/container_usage.h"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "drivers/process_usage.h"

namespace strata::drivers {
namespace {

/// gVisor's own processes call themselves so. What stands for the program's has no name.
bool is_of_gvisor(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  std::string name;
  std::getline(file, name, '\0');
  return name == "runsc-sandbox" || name == "runsc-gofer";
}

/// What the engine starts for each container, and its parent: containerd's shim, or Podman's
/// monitor. A runtime without an engine leaves its container to the system's first process.
bool is_shim(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name.starts_with("containerd-shim") || name == "conmon";
}

void add(std::optional<Duration>& sum, const std::optional<Duration>& one) {
  if (one) sum = sum.value_or(Duration::zero()) + *one;
}
void add(std::optional<Bytes>& sum, const std::optional<Bytes>& one) {
  if (one) sum = Bytes{sum.value_or(Bytes{}).count + one->count};
}

}  // namespace

void add(SideUsage& sum, const SideUsage& more) {
  add(sum.cpu, more.cpu);
  add(sum.memory, more.memory);
}

void note_out_of_memory(const Cgroup& cgroup, Outcome& outcome) {
  if (outcome.exited || outcome.signal != SIGKILL || outcome.timed_out) return;
  outcome.out_of_memory = cgroup.out_of_memory_kills().value_or(0) > 0;
}

Usage usage_of_container(const Cgroup& cgroup) {
  Usage usage;
  SideUsage inside;  // supervisors that the cgroup's own figures hold as well
  for (const auto pid : cgroup.processes()) {
    const auto memory = usage_of_process(pid).memory;
    if (is_of_gvisor(pid)) {
      add(inside.memory, memory);
      // The children that its sentry has waited for are the program's processes.
      add(inside.cpu, own_cpu_of_process(pid));
    } else {
      add(usage.sandbox.memory, memory);
    }
  }
  usage.sandbox.cpu = cgroup.cpu();
  if (usage.sandbox.cpu && inside.cpu) {
    usage.sandbox.cpu = std::max(Duration::zero(), *usage.sandbox.cpu - *inside.cpu);
  }
  if (!usage.sandbox.memory) usage.sandbox.memory = cgroup.memory();
  usage.sandbox.peak_memory = cgroup.peak_memory();

  usage.supervisors = inside;
  const auto first = cgroup.first_process();
  const auto shim = first ? parent_process(*first) : std::nullopt;
  if (shim && is_shim(*shim)) {
    const auto one = usage_of_process(*shim);
    add(usage.supervisors, one);
    if (!inside.memory) usage.supervisors.peak_memory = one.peak_memory;
  }
  return usage;
}

}  // namespace strata::drivers
