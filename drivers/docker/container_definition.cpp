#include "drivers/docker/container_definition.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <span>

#include "results/vocabulary/error.h"

namespace strata::drivers {

const std::array<OptionSpec, 3> kDockerOptions{{
    {"runtime", "",
     "OCI runtime by the engine's name for it: runc, crun, runsc; the engine's own if empty"},
    {"network", "none",
     "the container's network: none (a namespace of its own with loopback alone) or host"},
    {"socket", "", "the engine's unix socket; if empty DOCKER_HOST, else /var/run/docker.sock"},
}};

void require_docker_options(const Target& target) {
  const std::array<std::string, 2> networks{"none", "host"};
  require_one_of(target, "network", networks);
}

nlohmann::json container_definition(const Target& target, const std::string& run_id,
                                    const std::string& image, const Limits& limits) {
  nlohmann::json host{{"NetworkMode", target.options.at("network")},
                      {"AutoRemove", true},
                      {"SecurityOpt", {"no-new-privileges"}},
                      {"LogConfig", {{"Type", "none"}}}};
  if (const auto& runtime = target.options.at("runtime"); !runtime.empty()) {
    host["Runtime"] = runtime;
  }
  constexpr double kNano = 1e9;
  if (limits.cpus) host["NanoCpus"] = std::llround(*limits.cpus * kNano);
  if (!limits.cpu_set.empty()) {
    host["CpusetCpus"] = fmt::format("{}", fmt::join(limits.cpu_set, ","));
  }
  if (limits.memory) host["Memory"] = limits.memory->count;
  if (limits.processes) host["PidsLimit"] = *limits.processes;
  return {{"Image", image},
          {"Entrypoint", {"/strata/agent"}},
          {"WorkingDir", "/"},
          {"Env", {"STRATA_RUN_ID=" + run_id, "STRATA_SCRATCH=/strata/scratch"}},
          {"Labels", {{kRunLabel, run_id}, {"strata.role", "instance"}}},
          {"AttachStdin", true},
          {"AttachStdout", true},
          {"AttachStderr", true},
          {"OpenStdin", true},
          {"StdinOnce", true},
          {"Tty", false},
          {"HostConfig", std::move(host)}};
}

}  // namespace strata::drivers
