#pragma once

#include <memory>
#include <optional>

#include "drivers/faas/lambda_client.h"
#include "drivers/function_platform.h"

namespace strata::drivers::faas {

/// A function of a platform with AWS Lambda's API, under load from this process.
class FaasDeployment final : public Deployment {
 public:
  FaasDeployment(std::shared_ptr<LambdaClient> client, const Clock& clock,
                 FunctionDefinition definition)
      : client_(std::move(client)), clock_(clock), definition_(std::move(definition)) {}
  ~FaasDeployment() override;

  /// Throws Error; destruction then deletes what is there.
  void create(std::optional<std::uint32_t> most_sandboxes, Deadline deadline);

  void begin(std::uint64_t id, Duration work, Duration limit) override;
  std::vector<EndedInvocation> wait(TimePoint until) override;
  [[nodiscard]] std::size_t under_way() const override { return client_->under_way(); }
  [[nodiscard]] Bytes memory() const override { return mebibytes(definition_.memory_mb); }
  void remove(Deadline deadline) override;

 private:
  std::shared_ptr<LambdaClient> client_;
  const Clock& clock_;
  FunctionDefinition definition_;
  bool is_deployed_ = false;
};

}  // namespace strata::drivers::faas
