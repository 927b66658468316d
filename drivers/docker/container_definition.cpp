#include "drivers/docker/container_definition.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <span>

#include "drivers/container_options.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kScratch = "/strata/scratch";

void add_limits(const Limits& limits, Json& host) {
  constexpr double kNano = 1e9;
  if (limits.cpus) host["NanoCpus"] = std::llround(*limits.cpus * kNano);
  if (!limits.cpu_set.empty()) {
    host["CpusetCpus"] = fmt::format("{}", fmt::join(limits.cpu_set, ","));
  }
  if (limits.memory) {
    host["Memory"] = limits.memory->count;
    host["MemorySwap"] = limits.memory->count;  // memory and swap together: no swap
  }
  if (limits.processes) host["PidsLimit"] = *limits.processes;
}

void add_scratch(const std::string& kind, const std::filesystem::path& folder, Json& host) {
  if (kind == "tmpfs") {
    host["Tmpfs"] = {{kScratch, "rw,exec,mode=1777"}};
  } else if (kind == "volume") {
    host["Mounts"] = {{{"Type", "volume"}, {"Target", kScratch}}};
  } else if (kind == "host") {
    host["Mounts"] = {{{"Type", "bind"}, {"Source", folder.string()}, {"Target", kScratch}}};
  }
}

void add_security(const Target& target, Json& definition) {
  auto& host = definition["HostConfig"];
  host["SecurityOpt"] = {"no-new-privileges"};
  if (target.options.at("seccomp") == "off") host["SecurityOpt"].push_back("seccomp=unconfined");
  const auto& level = target.options.at("security");
  if (level == "privileged") host["Privileged"] = true;
  if (level == "hardened") {
    host["CapDrop"] = {"ALL"};
    definition["User"] = fmt::format("{0}:{0}", kNobody);
  }
}

}  // namespace

const std::array<OptionSpec, 11> kDockerOptions{{
    {"runtime", "",
     "OCI runtime by the engine's name for it: runc, crun, runsc; the engine's own if empty"},
    {"network", "none",
     "the container's network: none (a namespace of its own with loopback alone), host, bridge "
     "(the "
     "engine's own), own (a bridge made for the run), or one of the engine's networks by name"},
    {"ingress", "address",
     "how the host reaches the container: address (the container's own), or through a published "
     "port: nat or proxy (the engine's)"},
    {"scratch", "overlay",
     "what the scratch folder is on: overlay (the container's root), volume (the engine's), host "
     "(a "
     "folder of this host) or tmpfs"},
    kCpusOption,
    kCpusetOption,
    kMemoryOption,
    kPidsOption,
    kSecurityOption,
    kSeccompOption,
    {"socket", "", "the engine's unix socket; if empty DOCKER_HOST, else /var/run/docker.sock"},
}};

void require_docker_options(const Target& target) {
  const std::array<std::string, 4> kinds{"overlay", "volume", "host", "tmpfs"};
  require_one_of(target, "scratch", kinds);
  require_security_options(target);
}

Json container_definition(const Target& target, const std::string& run_id,
                          const ContainerRecipe& recipe) {
  Json definition{{"Image", recipe.image},
                  {"Entrypoint", {"/strata/agent"}},
                  {"WorkingDir", "/"},
                  {"Env", {"STRATA_RUN_ID=" + run_id, fmt::format("STRATA_SCRATCH={}", kScratch)}},
                  {"Labels", {{kRunLabel, run_id}, {"strata.role", "instance"}}},
                  {"AttachStdin", true},
                  {"AttachStdout", true},
                  {"AttachStderr", true},
                  {"OpenStdin", true},
                  {"StdinOnce", true},
                  {"Tty", false},
                  {"HostConfig", {{"AutoRemove", true}, {"LogConfig", {{"Type", "none"}}}}}};
  auto& host = definition["HostConfig"];
  if (const auto& runtime = target.options.at("runtime"); !runtime.empty()) {
    host["Runtime"] = runtime;
  }
  add_limits(recipe.limits, host);
  add_scratch(target.options.at("scratch"), recipe.scratch, host);
  add_security(target, definition);
  return definition;
}

}  // namespace strata::drivers
