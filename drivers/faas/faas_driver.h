#pragma once

#include <memory>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/faas/faas_options.h"
#include "drivers/faas/lambda_client.h"
#include "drivers/faas/own_platform.h"
#include "drivers/function_platform.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

extern const DriverEntry kFaasDriverEntry;

}  // namespace strata::drivers

namespace strata::drivers::faas {

/// Starts functions on any platform that has AWS Lambda's API: Strata's own, which it starts with
/// the first thing it is asked for, or the one at the target's `endpoint`.
class FaasDriver final : public Driver, public FunctionPlatform {
 public:
  /// Throws UsageError for options that can't be. The context must outlive it.
  FaasDriver(Target target, const DriverContext& context);

  Availability probe(Deadline deadline) override;
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;
  std::unique_ptr<Deployment> deploy(const Prepared& prepared,
                                     std::optional<std::uint32_t> most_sandboxes,
                                     Deadline deadline) override;

 private:
  [[nodiscard]] FunctionDefinition definition_of(const std::string& zip,
                                                 const Limits& limits) const;
  LambdaClient& client();

  Target target_;
  FaasOptions options_;
  Target isolation_;
  const DriverContext& context_;
  std::shared_ptr<OwnPlatform> own_;
  std::shared_ptr<LambdaClient> client_;
};

}  // namespace strata::drivers::faas
