#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "drivers/agent_connection.h"
#include "drivers/driver.h"
#include "drivers/kvm/guest_link.h"
#include "drivers/kvm/guest_stream.h"
#include "drivers/kvm/vmm.h"

namespace strata::drivers {

/// What one instance is started from.
struct KvmSetup {
  GuestDefinition guest;
  std::unique_ptr<GuestLink> link;  ///< what its network leads to; null: nothing, or the VMM's own
  std::string run_id;
  std::vector<std::uint32_t> vcpu_cpus;  ///< the CPU of each virtual CPU; empty: not pinned
};

/// One virtual machine with the agent as its init.
class KvmInstance final : public Instance {
 public:
  /// Owns the guest's disk from now on. The clock must outlive it.
  KvmInstance(KvmSetup setup, const Clock& clock);
  ~KvmInstance() override;

  /// Starts the machine and waits for its agent. Throws Error; nothing is left then.
  void start(Vmm& vmm, TimePoint requested, Deadline deadline);
  /// Saves all but the memory, which must be in a shared file, instead of running anything. The
  /// instance is of no use afterwards. Throws Error.
  void save(Deadline deadline);

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override;
  /// Sandbox: the guest's memory that was touched, and its virtual CPUs' time. Supervisors: the
  /// rest of the VMM.
  [[nodiscard]] Usage usage() override;
  [[nodiscard]] NetworkPath network_path() const override { return network_path_; }
  void stop(Deadline deadline) override;

 private:
  void await_agent(Deadline deadline);
  void resume(Deadline deadline);
  void pin_vcpus(Deadline deadline);
  void find_network_path(Deadline deadline);
  /// Throws `error` again with what VMM and console say of it.
  [[noreturn]] void explain(const Error& error);

  KvmSetup setup_;
  const Clock& clock_;
  Stamps stamps_;
  std::unique_ptr<Guest> guest_;
  std::optional<GuestStream> stream_;
  std::optional<AgentConnection> connection_;
  NetworkPath network_path_;
};

}  // namespace strata::drivers
