#pragma once

#include <cstdint>
#include <string>

#include "drivers/driver_table.h"
#include "results/vocabulary/target.h"

namespace strata::drivers::faas {

inline constexpr OptionSpec kFaasOptions[] = {
    {"isolation", "process",
     "the target whose instances Strata's own platform uses as sandboxes: process, docker, "
     "docker-gvisor, kvm, …"},
    {"endpoint", "",
     "a function platform with AWS Lambda's API, http://… or https://…; empty: Strata's own, which "
     "is started for the run"},
    {"region", "", "of the platform; empty: AWS_REGION, AWS_DEFAULT_REGION or us-east-1"},
    {"role", "arn:aws:iam::000000000000:role/strata", "the role that functions are created with"},
    {"memory", "1769", "MB of a function; 1,769 are one virtual CPU"},
    {"timeout", "900", "seconds an invocation may take"},
    {"provisioned", "false", "true: sandboxes are started before they are asked for"},
};

/// A target's options, read.
struct FaasOptions {
  std::string isolation;
  std::string endpoint;
  std::string region;
  std::string role;
  std::uint32_t memory_mb = 0;
  std::uint32_t timeout_s = 0;
  bool provisioned = false;

  [[nodiscard]] bool is_own_platform() const { return endpoint.empty(); }
};

/// Throws UsageError for a value that cannot be.
FaasOptions faas_options_of(const Target& target);

}  // namespace strata::drivers::faas
