#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "drivers/docker/engine_client.h"
#include "drivers/driver.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// How the containers of one target are on a network, and how the host reaches them there: the
/// options `network` and `ingress`. Used from one thread.
class ContainerNetwork {
 public:
  /// Throws UsageError for option values that can't be. `run_id` marks a network that is made.
  ContainerNetwork(const Target& target, std::string run_id, std::shared_ptr<EngineClient> engine);
  /// Removes the network, if one was made.
  ~ContainerNetwork();
  ContainerNetwork(const ContainerNetwork&) = delete;
  ContainerNetwork& operator=(const ContainerNetwork&) = delete;

  /// Finds the network, or makes it if it is to be the run's own. Once; more often does nothing.
  /// Throws Error if the engine does not have it or can't make it.
  void prepare(Deadline deadline);

  /// Puts the network and the published port into the body of a container's creation.
  void add_to(nlohmann::json& definition) const;
  /// Whether containers have an address of their own, which only the engine knows.
  [[nodiscard]] bool has_address() const;
  /// How a container is reached; `inspection` is what GET /containers/ID/json says of it (of no
  /// interest if has_address() is false). Throws Error if it says no address.
  [[nodiscard]] NetworkPath path(const nlohmann::json& inspection) const;
  /// Tries the way to a live container in which nobody listens, so that a path that leads somewhere
  /// else is never measured: NAT leads to a refusal, the engine's proxy accepts by itself. Throws
  /// Error.
  void prove(const NetworkPath& path, Deadline deadline) const;

 private:
  void make(Deadline deadline);
  void find(Deadline deadline);

  std::string network_;  ///< as the engine calls it, once it is prepared
  std::string ingress_;
  bool is_own_;  ///< made for this target, and removed with it
  bool is_made_ = false;
  bool is_prepared_ = false;
  std::string gateway_;  ///< the host's address on it; empty if it has none
  std::string run_id_;
  std::shared_ptr<EngineClient> engine_;
};

}  // namespace strata::drivers
