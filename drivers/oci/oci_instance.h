#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "drivers/agent_connection.h"
#include "drivers/cgroup.h"
#include "drivers/child_stream.h"
#include "drivers/driver.h"
#include "drivers/oci/runtime.h"
#include "drivers/owned_folder.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// One container of an OCI runtime, without an engine. Its stamps are `created` (the runtime's
/// create has ended), `launched` (its start has ended), `main` and `ready` (the container is faster
/// than the call that starts it), `stopped` (end of the stream), `removed` (its delete has ended
/// and the folder is gone).
class OciInstance final : public Instance {
 public:
  struct Setup {
    std::string id;                 ///< also its cgroup's name
    std::filesystem::path folder;   ///< its bundle's, which it removes
    std::filesystem::path scratch;  ///< a folder of this host, which it removes; empty: none
    bool is_on_host_network = false;
  };
  /// The clock must outlive it.
  OciInstance(std::shared_ptr<Runtime> runtime, Setup setup, const Clock& clock);
  ~OciInstance() override;

  /// Makes the container whose config.json is in the folder, starts it, and waits for the agent's
  /// hello. Throws Error; destruction removes what there is then.
  void start(const PrivateMounts& mounts, TimePoint requested, Deadline deadline);

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override;
  [[nodiscard]] Usage usage() override;
  [[nodiscard]] NetworkPath network_path() const override;
  void stop(Deadline deadline) override;

 private:
  /// Waits until the container's first process is gone, and removes what is left.
  void remove(Deadline deadline);
  /// Throws `error` again; if it came from the container's end, it also says how that came about.
  [[noreturn]] void explain(const Error& error) const;

  std::shared_ptr<Runtime> runtime_;
  Setup setup_;
  const Clock& clock_;
  OwnedFolder folder_;
  std::optional<OwnedFolder> scratch_;
  Stamps stamps_;
  bool is_asked_for_ = false;
  bool is_removed_ = false;
  UniqueFd first_process_;  ///< a pidfd; it is no child of ours
  std::optional<Cgroup> cgroup_;
  std::unique_ptr<ChildStream> stream_;
  std::unique_ptr<AgentConnection> connection_;
};

}  // namespace strata::drivers
