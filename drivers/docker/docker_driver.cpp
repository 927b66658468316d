#include "drivers/docker/docker_driver.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "drivers/container_options.h"
#include "drivers/docker/container_definition.h"
#include "drivers/docker/engine_socket.h"
#include "drivers/docker/image.h"
#include "drivers/inside.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kCleanLimit = std::chrono::seconds(60);

/// The engine's objects that carry a label.
Json labelled(EngineClient& engine, const std::string& path, const char* label, Deadline deadline) {
  const Json filters{{"label", {label}}};
  auto list =
      engine.ask("GET", fmt::format("{}filters={}", path, query_escaped(filters.dump())), deadline);
  if (!list.is_array()) throw Error(engine.describe("GET", path), "it answered no list", kNoEngine);
  return list;
}

/// Removes one of them; false: it was gone already.
bool remove(EngineClient& engine, const std::string& path, Deadline deadline) {
  const auto answer = engine.call("DELETE", path, deadline);
  constexpr long kNoSuch = 404;
  constexpr long kUnderWay = 409;
  if (!answer.is_success() && answer.status != kNoSuch && answer.status != kUnderWay) {
    throw refusal(engine.describe("DELETE", path), answer);
  }
  return answer.status != kNoSuch;
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  const auto deadline = Deadline::after(context.clock, kCleanLimit);
  EngineClient engine(engine_socket_path(""));
  std::vector<std::string> removed;
  for (const auto& container :
       labelled(engine, "/containers/json?all=true&", kRunLabel, deadline)) {
    const auto labels = container.is_object() ? container.value("Labels", Json()) : Json();
    const auto run = text_in(labels, kRunLabel);
    const auto id = text_in(container, "Id");
    if (id.empty() || !is_abandoned(run)) continue;
    if (!remove(engine, fmt::format("/containers/{}?force=true&v=true", id), deadline)) continue;
    removed.push_back(fmt::format("container {} of run {}", id.substr(0, 12), run));
  }
  // After the containers: one that is in use stays.
  for (const auto& network : labelled(engine, "/networks?", kRunLabel, deadline)) {
    const auto labels = network.is_object() ? network.value("Labels", Json()) : Json();
    const auto run = text_in(labels, kRunLabel);
    const auto name = text_in(network, "Name");
    if (name.empty() || !is_abandoned(run)) continue;
    if (!remove(engine, "/networks/" + query_escaped(name), deadline)) continue;
    removed.push_back(fmt::format("network {} of run {}", name, run));
  }
  if (!with_cache) return removed;
  for (const auto& image : labelled(engine, "/images/json?", kBundleLabel, deadline)) {
    const auto id = text_in(image, "Id");
    if (id.empty()) continue;
    if (!remove(engine, fmt::format("/images/{}?force=true", query_escaped(id)), deadline))
      continue;
    removed.push_back(fmt::format("image {}", id));
  }
  return removed;
}

std::string joined_names(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What the engine says of itself, as facts of a result. What it does not say is absent.
std::map<std::string, std::string> facts_of(const Json& version, const Json& info,
                                            const std::string& runtime) {
  std::map<std::string, std::string> facts{{"engine.version", text_in(version, "Version")},
                                           {"engine.api", text_in(version, "ApiVersion")},
                                           {"storage_driver", text_in(info, "Driver")},
                                           {"cgroup_version", text_in(info, "CgroupVersion")},
                                           {"cgroup_driver", text_in(info, "CgroupDriver")}};
  if (const auto components = version.find("Components");
      components != version.end() && components->is_array()) {
    for (const auto& component : *components) {
      const auto name = text_in(component, "Name");
      if (name == "containerd" || name == runtime) {
        facts[name + ".version"] = text_in(component, "Version");
      }
    }
  }
  if (const auto options = info.find("SecurityOptions");
      options != info.end() && options->is_array()) {
    std::vector<std::string> names;
    for (const auto& option : *options) {
      if (option.is_string()) names.push_back(option.get<std::string>());
    }
    facts["engine.security"] = fmt::format("{}", fmt::join(names, "; "));
  }
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return facts;
}

}  // namespace

DockerDriver::DockerDriver(Target target, const DriverContext& context)
    : target_(std::move(target)),
      limits_(limits_of(target_)),
      context_(context),
      scratch_(context.private_directory) {
  require_docker_options(target_);
  auto socket = engine_socket_path(target_.options.at("socket"));
  services_.engine = std::make_shared<EngineClient>(socket);
  services_.network = std::make_shared<ContainerNetwork>(target_, context.run_id, services_.engine);
  services_.daemons = EngineDaemons::of(socket);
}

Availability DockerDriver::probe(Deadline deadline) {
  auto& engine = *services_.engine;
  try {
    const auto version = engine.ask("GET", "/version", deadline);
    const auto info = engine.ask("GET", "/info", deadline);
    if (!version.is_object() || !info.is_object()) {
      return Unavailable{engine.describe("GET", "/info"), "it answered no object", kNoEngine};
    }
    auto runtime = target_.options.at("runtime");
    if (runtime.empty()) runtime = text_in(info, "DefaultRuntime");
    const auto known = info.value("Runtimes", Json::object());
    if (!known.contains(runtime)) {
      return Unavailable{
          fmt::format("use runtime \"{}\" of the engine at {}", runtime, engine.socket_path()),
          fmt::format("the engine knows only {}", joined_names(known)),
          "register it in the engine's daemon.json under \"runtimes\""};
    }
    const auto bundle = make_agent_bundle(context_.agent);
    const auto instance = start_container(prepare(bundle, deadline), {}, deadline);
    const auto inside = look_inside(*instance, deadline);
    require_limits(inside, limits_, fmt::format("keep the limits of target \"{}\"", target_.name));
    services_.network->prove(instance->network_path(), deadline);
    instance->stop(deadline);

    auto facts = facts_of(version, info, runtime);
    facts.merge(facts_of(inside));
    facts.insert({{"accelerator", "native"}, {"runtime", runtime}});
    for (const auto* const option : {"network", "ingress", "scratch", "security", "seccomp"}) {
      facts[option] = target_.options.at(option);
    }
    if (!services_.network->has_address()) facts.erase("ingress");
    return strata::drivers::Ready{std::move(facts)};
  } catch (const Error& error) {
    auto failure = error.failure();
    if (target_.options.at("security") == "privileged") {
      failure.do_next =
          "a privileged container needs every capability, which this host's own root may not have "
          "(grep CapBnd /proc/self/status)";
    }
    return failure;
  }
}

Prepared DockerDriver::prepare(const Bundle& bundle, Deadline deadline) {
  provide_image(*services_.engine, bundle, deadline);
  services_.network->prepare(deadline);
  if (target_.options.at("scratch") == "host") scratch_.keep_ready();
  return {bundle.digest, image_name(bundle)};
}

std::unique_ptr<DockerInstance> DockerDriver::start_container(const Prepared& prepared,
                                                              const Limits& limits,
                                                              Deadline deadline) {
  services_.network->prepare(deadline);
  const bool on_host = target_.options.at("scratch") == "host";
  const auto scratch = on_host ? scratch_.take() : std::filesystem::path();
  // Whoever a container's user is, the folder is its own to use, as /tmp is.
  if (on_host) std::filesystem::permissions(scratch, static_cast<std::filesystem::perms>(01777));
  auto instance = std::make_unique<DockerInstance>(services_, scratch, context_.clock);
  const auto requested = context_.clock.now();
  auto definition = container_definition(target_, context_.run_id,
                                         {prepared.location, merged(limits, limits_), scratch});
  services_.network->add_to(definition);
  instance->start(definition, requested, deadline);
  if (on_host) scratch_.keep_ready();  // for the next start, now that this one's time is taken
  return instance;
}

std::unique_ptr<Instance> DockerDriver::start(const Prepared& prepared, const Limits& limits,
                                              Deadline deadline) {
  return start_container(prepared, limits, deadline);
}

const DriverEntry kDockerDriverEntry{
    .name = "docker",
    .summary = "a container of a Docker engine, with any OCI runtime the engine knows",
    .options = kDockerOptions,
    .shipped_targets =
        [] {
          return std::vector<Target>{{"docker", "docker", {}, {}},
                                     {"docker-crun", "docker", {{"runtime", "crun"}}, {}},
                                     {"docker-gvisor", "docker", {{"runtime", "runsc"}}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<DockerDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
