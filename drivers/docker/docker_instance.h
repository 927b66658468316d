#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "drivers/agent_connection.h"
#include "drivers/cgroup.h"
#include "drivers/docker/attach_stream.h"
#include "drivers/docker/container_network.h"
#include "drivers/docker/engine_client.h"
#include "drivers/docker/engine_daemons.h"
#include "drivers/docker/engine_time.h"
#include "drivers/driver.h"
#include "drivers/owned_folder.h"

namespace strata::drivers {

/// One container of an engine, with an agent in it. Its stamps are `created` (the create call
/// returned), `launched` (the start call returned), `main` and `ready` (as a rule before launched:
/// the stream overtakes the call), `stopped` (end of the stream), `removed` (the engine says so).
class DockerInstance final : public Instance {
 public:
  /// What instances of a target share.
  struct Services {
    std::shared_ptr<EngineClient> engine;
    std::shared_ptr<ContainerNetwork> network;
    std::shared_ptr<EngineDaemons> daemons;
  };
  /// `scratch` is a folder of this host for the container alone, which is removed with it; empty:
  /// none. The clock must outlive it.
  DockerInstance(Services services, std::filesystem::path scratch, const Clock& clock);
  /// Kills and removes the container, whether it was started or only asked for.
  ~DockerInstance() override;

  /// Creates the container of `definition`, starts it, and waits for the agent's hello. `requested`
  /// is when the driver's start() was called. Throws Error; destruction then removes the container.
  void start(const nlohmann::json& definition, TimePoint requested, Deadline deadline);

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override;
  /// By the container's cgroup, if it is this host's: see usage_of_container(). Supervisors are
  /// also the engine's proxies for a published port.
  [[nodiscard]] Usage usage() override;
  [[nodiscard]] NetworkPath network_path() const override { return path_; }
  void stop(Deadline deadline) override;

 private:
  /// What the engine says of it. Throws Error.
  [[nodiscard]] nlohmann::json inspect(EngineClient& engine, Deadline deadline) const;
  /// Creates it; sets name_ and id_.
  void create(const nlohmann::json& definition, Deadline deadline);
  /// Waits until the engine has removed it, and says how it ended: its exit code; nothing if the
  /// engine forgot it before it could be asked.
  std::optional<std::int64_t> await_removal(Deadline deadline);
  /// Asks the engine to remove it; whether it is gone now. Throws Error if the engine doesn't
  /// answer.
  bool remove_container(Deadline deadline);
  /// Throws `error` again; if it came from the container's end, it also says how that came about.
  [[noreturn]] void explain(const Error& error);
  /// Whether the kernel killed something in it for want of memory, as the engine remembers.
  [[nodiscard]] bool was_out_of_memory(Deadline deadline) const;

  Services services_;
  std::shared_ptr<EngineClient> engine_;
  const Clock& clock_;
  std::optional<OwnedFolder> scratch_;
  std::shared_ptr<const SideUsage> daemons_before_;
  WallTime requested_;  ///< the stamp, on the clock that the engine reports by
  /// Ours, so that it can be removed even if the engine never told its id; empty until asked for.
  std::string name_;
  std::string id_;
  bool is_removed_ = false;
  Stamps stamps_;
  NetworkPath path_;
  std::optional<Cgroup> cgroup_;  ///< its own, if it is this host's; known once it is ready
  std::unique_ptr<AttachStream> stream_;
  std::unique_ptr<EngineClient::Pending> removal_;  ///< asked for, answered when it is gone
  std::unique_ptr<AgentConnection> connection_;
};

}  // namespace strata::drivers
