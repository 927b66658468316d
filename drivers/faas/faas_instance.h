#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/faas/lambda_client.h"

namespace strata::drivers::faas {

/// What one function sandbox is made from.
struct FunctionSetup {
  FunctionDefinition definition;
  std::string loader;               ///< in the bundle, for programs; may be empty
  std::vector<std::uint32_t> cpus;  ///< for programs that name none; empty: all
  std::uint32_t provisioned = 0;    ///< sandboxes to start before they are asked for
};

/// One function with one sandbox. Deploying it is not its startup: that runs from the first
/// invocation (`requested`) to its answer (`ready`), a cold start as a caller sees it. What lies
/// between, a platform keeps to itself; what it says of it in its REPORT line is in
/// Outcome::reported. The signal's round trip is a warm invocation that is answered with its own
/// event. `stopped` is when the platform has taken the function's deletion, `removed` when it knows
/// it no more and, where the platform tells, its sandbox has ended.
class FaasInstance final : public Instance {
 public:
  /// The client is shared by the instances of a driver, which use it one at a time.
  FaasInstance(std::shared_ptr<LambdaClient> client, const Clock& clock, FunctionSetup setup);
  /// Deletes the function.
  ~FaasInstance() override;

  /// Creates the function and invokes it for the first time. Throws Error; destruction then deletes
  /// what is there.
  void start(Deadline deadline);

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override;
  /// The most memory that the platform says the sandbox has used.
  [[nodiscard]] Usage usage() override;
  void stop(Deadline deadline) override;

 private:
  /// Throws Error if a call before this one has thrown.
  void begin(const std::string& tried);
  /// Throws unless it ended well.
  Invocation invoke(const std::string& tried, std::string payload, Deadline deadline);
  void measure_round_trip(Deadline deadline);
  void require_same_sandbox(std::uint64_t invocation, const std::string& tried);

  std::shared_ptr<LambdaClient> client_;
  const Clock& clock_;
  FunctionSetup setup_;
  std::string version_;  ///< of a provisioned function
  Stamps stamps_;
  std::optional<Report> first_;  ///< what the platform says of the start; given out once
  std::optional<Bytes> memory_used_;
  std::uint64_t invocations_ = 0;  ///< that its sandbox has counted
  bool is_deployed_ = false;
  bool unfinished_ = false;  ///< a call is under way, or has thrown
};

}  // namespace strata::drivers::faas
