#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "drivers/agent_connection.h"
#include "drivers/child_process.h"
#include "drivers/child_stream.h"
#include "drivers/driver.h"
#include "drivers/owned_folder.h"

namespace strata::drivers {

/// What one instance is started from.
struct ProcessSetup {
  std::string root;                 ///< where the bundle is laid out
  std::string run_id;               ///< marks all its processes
  std::filesystem::path scratch;    ///< the instance's own: it removes it
  std::vector<std::uint32_t> cpus;  ///< CPUs it may run on; empty: all
};

/// One agent as a child process, with a socket pair as its input and output.
class ProcessInstance final : public Instance {
 public:
  /// Starts the agent and stamps `created`. `requested` is when start() was called. The clock must
  /// outlive it. Throws Error; nothing is left then.
  ProcessInstance(const ProcessSetup& setup, TimePoint requested, const Clock& clock);
  ~ProcessInstance() override;

  void await_hello(Deadline deadline);

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override;
  /// The agent's own and that of the programs that have ended.
  [[nodiscard]] Usage usage() override;
  /// The host's own loopback, either way.
  [[nodiscard]] NetworkPath network_path() const override { return {"127.0.0.1", "127.0.0.1"}; }
  /// Stamps `removed` when the agent and the scratch folder are gone.
  void stop(Deadline deadline) override;

 private:
  ProcessInstance(const ProcessSetup& setup, TimePoint requested, const Clock& clock,
                  ChildEnds ends);
  /// Throws `error` again; if it came from the agent's death, it also says how that died.
  [[noreturn]] void explain(const Error& error) const;
  void reclaim();

  const Clock& clock_;
  OwnedFolder scratch_;
  Stamps stamps_;
  ChildProcess agent_;
  ChildStream stream_;
  AgentConnection connection_{stream_, stamps_};
};

}  // namespace strata::drivers
