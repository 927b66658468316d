#include "drivers/docker/docker_driver.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

#include "drivers/agent_connection.h"
#include "drivers/cgroup.h"
#include "drivers/docker/attach_stream.h"
#include "drivers/docker/image_tar.h"
#include "drivers/process_usage.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kRunLabel = "strata.run";
constexpr auto kImageName = "strata";
/// For tidying up after something went wrong, when the caller's deadline has passed already.
constexpr auto kTidyLimit = std::chrono::seconds(10);

std::string engine_socket(const std::string& option) {
  if (!option.empty()) return option;
  const char* const host = std::getenv("DOCKER_HOST");
  return host != nullptr && *host != '\0' ? host : "/var/run/docker.sock";
}

/// As a query wants it: everything but letters, digits and "-._~" as %XX (RFC 3986, 2.3).
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      result += c;
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

std::string image_tag(const std::string& digest) {
  constexpr std::size_t kEnough = 32;
  return digest.substr(0, kEnough);
}

std::string cpu_list(const std::vector<std::uint32_t>& cpus) {
  return fmt::format("{}", fmt::join(cpus, ","));
}

Json container_definition(const Target& target, const DriverContext& context,
                          const std::string& image, const Limits& limits) {
  Json host{{"NetworkMode", target.options.at("network")},
            {"AutoRemove", true},  // so that nothing is left even if we are killed
            {"SecurityOpt", {"no-new-privileges"}},
            {"LogConfig", {{"Type", "none"}}}};
  if (const auto& runtime = target.options.at("runtime"); !runtime.empty())
    host["Runtime"] = runtime;
  constexpr double kNano = 1e9;
  if (limits.cpus) host["NanoCpus"] = static_cast<std::int64_t>(*limits.cpus * kNano);
  if (!limits.cpu_set.empty()) host["CpusetCpus"] = cpu_list(limits.cpu_set);
  if (limits.memory) host["Memory"] = limits.memory->count;
  if (limits.processes) host["PidsLimit"] = *limits.processes;
  return {{"Image", image},
          {"Entrypoint", {"/strata/agent"}},
          {"WorkingDir", "/"},
          {"Env", {"STRATA_RUN_ID=" + context.run_id, "STRATA_SCRATCH=/strata/scratch"}},
          {"Labels", {{kRunLabel, context.run_id}}},
          {"AttachStdin", true},
          {"AttachStdout", true},
          {"AttachStderr", true},
          {"OpenStdin", true},
          {"StdinOnce", true},
          {"Tty", false},
          {"HostConfig", std::move(host)}};
}

/// One container with an agent in it.
class DockerInstance final : public Instance {
 public:
  DockerInstance(std::shared_ptr<EngineClient> engine, const DriverContext& context)
      : engine_(std::move(engine)), clock_(context.clock) {}

  ~DockerInstance() override {
    engine_->watch(-1);
    if (id_.empty() || stamps_.at(Stamp::kRemoved)) return;
    try {
      removed_.reset();
      const auto deadline = Deadline::after(monotonic_clock(), kTidyLimit);
      engine_->call("DELETE", fmt::format("/containers/{}?force=true&v=true", id_), deadline);
      // Removal by AutoRemove may have been quicker; its end is what counts.
      while (engine_->call("GET", fmt::format("/containers/{}/json", id_), deadline).status !=
             kNoSuch) {
      }
    } catch (const std::exception&) {
      // The engine is gone or hangs; `strata clean` finds the container by its label.
    }
  }

  void start(const Json& definition, TimePoint requested, Deadline deadline) {
    stamps_.set(Stamp::kRequested, requested);
    const auto created = engine_->ask("POST", "/containers/create", deadline, definition);
    if (!created.is_object() || !created.contains("Id") || !created["Id"].is_string()) {
      throw Error("create a container", "the engine's answer has no Id");
    }
    id_ = created["Id"].get<std::string>();
    stamps_.set(Stamp::kCreated, clock_.now());
    stream_ = std::make_unique<AttachStream>(
        engine_->hijack(
            fmt::format("/containers/{}/attach?stream=1&stdin=1&stdout=1&stderr=1", id_), deadline),
        clock_);
    // Before the start: a container may be gone before the question has reached the engine.
    removed_ =
        engine_->begin("POST", fmt::format("/containers/{}/wait?condition=removed", id_), deadline);
    engine_->watch(stream_->fd(), [this] { return stream_->pump(); });
    engine_->ask("POST", fmt::format("/containers/{}/start", id_), deadline);
    engine_->watch(-1);
    stamps_.set(Stamp::kLaunched, clock_.now());
    connection_ = std::make_unique<AgentConnection>(*stream_, stamps_);
    connection_->await_hello(deadline);
  }

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }

  Outcome run(const Job& job, Deadline deadline) override {
    return connection_->run(job, deadline);
  }

  [[nodiscard]] Usage usage() override {
    Usage usage;
    // By its cgroup and not by the pid that the engine says, which is one of the engine's own
    // namespace: ci/with-docker gives its engine one.
    if (const auto group = Cgroup::find(id_)) {
      usage.sandbox = group->usage();
      if (const auto first = group->first_process()) {
        if (const auto shim = parent_of(*first)) usage.supervisors = usage_of_process(*shim);
      }
    }
    return usage;
  }

  void stop(Deadline deadline) override {
    connection_->stop(deadline);
    const auto answer = removed_->finish(deadline);
    // 404: it was removed before the engine took the question up.
    if (answer.status / 100 != 2 && answer.status != kNoSuch) {
      throw Error(fmt::format("wait for the removal of container {}", id_),
                  fmt::format("{}: {}", answer.status, answer.body));
    }
    stamps_.set(Stamp::kRemoved, clock_.now());
  }

 private:
  static constexpr long kNoSuch = 404;

  /// The container's first process is a child of its shim.
  static std::optional<pid_t> parent_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("PPid:")) continue;
      const auto parent = static_cast<pid_t>(std::atoi(line.c_str() + 5));
      if (parent > 1) return parent;
    }
    return std::nullopt;
  }

  std::shared_ptr<EngineClient> engine_;
  Clock& clock_;
  std::string id_;
  Stamps stamps_;
  std::unique_ptr<AttachStream> stream_;
  std::unique_ptr<EngineClient::Pending> removed_;
  std::unique_ptr<AgentConnection> connection_;
};

/// Whether the engine has the image already.
bool has_image(EngineClient& engine, const std::string& image, Deadline deadline) {
  return engine.call("GET", fmt::format("/images/{}/json", escaped(image)), deadline).status == 200;
}

void make_image(EngineClient& engine, const Bundle& bundle, const std::string& tag,
                Deadline deadline) {
  ImageTar tar(bundle);
  const auto path = fmt::format("/images/create?fromSrc=-&repo={}&tag={}&changes={}", kImageName,
                                tag, escaped("LABEL strata.bundle=" + bundle.digest));
  const auto answer = engine.upload(
      path, "application/x-tar", [&] { return tar.next(); }, deadline);
  // The answer is a list of progress messages; an error may be among them although the status is
  // 200.
  if (answer.status / 100 != 2 || answer.body.find("\"error\"") != std::string::npos) {
    constexpr std::size_t kShown = 300;
    throw Error(fmt::format("make image {}:{} from the bundle", kImageName, tag),
                fmt::format("{}: {}", answer.status, answer.body.substr(0, kShown)),
                "is the engine's disk full?");
  }
}

std::string known_runtimes(const Json& info) {
  std::vector<std::string> names;
  if (info.contains("Runtimes") && info["Runtimes"].is_object()) {
    for (const auto& [name, value] : info["Runtimes"].items()) names.push_back(name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Where a field of an engine's answer is no text, nothing.
std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  const auto deadline = Deadline::after(context.clock, std::chrono::seconds(60));
  EngineClient engine(engine_socket(""), context.clock);
  std::vector<std::string> removed;
  const auto filter = escaped(R"({"label":[")" + std::string(kRunLabel) + "\"]}");
  const auto containers =
      engine.ask("GET", "/containers/json?all=true&filters=" + filter, deadline);
  for (const auto& container : containers) {
    const auto run = text_in(container.value("Labels", Json::object()), kRunLabel);
    const auto id = text_in(container, "Id");
    if (id.empty() || !is_abandoned(run)) continue;
    engine.call("DELETE", fmt::format("/containers/{}?force=true&v=true", id), deadline);
    removed.push_back(fmt::format("container {} of run {}", id.substr(0, 12), run));
  }
  if (!with_cache) return removed;
  const auto images = engine.ask(
      "GET", "/images/json?filters=" + escaped(R"({"label":["strata.bundle"]})"), deadline);
  for (const auto& image : images) {
    const auto id = text_in(image, "Id");
    engine.ask("DELETE", fmt::format("/images/{}?force=true", escaped(id)), deadline);
    removed.push_back(fmt::format("image {}", id));
  }
  return removed;
}

constexpr std::array<OptionSpec, 3> kOptions{{
    {"runtime", "",
     "OCI runtime by the engine's name for it: runc, crun, runsc; the engine's own if empty"},
    {"network", "none", "the container's network: none (loopback only) or host"},
    {"socket", "", "the engine's unix socket; if empty DOCKER_HOST, else /var/run/docker.sock"},
}};

}  // namespace

DockerDriver::DockerDriver(Target target, const DriverContext& context)
    : target_(std::move(target)),
      context_(context),
      engine_(std::make_shared<EngineClient>(engine_socket(target_.options.at("socket")),
                                             context.clock)) {
  const std::array<std::string, 2> networks{"none", "host"};
  require_one_of(target_, "network", networks);
}

Availability DockerDriver::probe(Deadline deadline) {
  try {
    const auto version = engine_->ask("GET", "/version", deadline);
    const auto info = engine_->ask("GET", "/info", deadline);
    auto runtime = target_.options.at("runtime");
    if (runtime.empty()) runtime = text_in(info, "DefaultRuntime");
    if (!info.contains("Runtimes") || !info["Runtimes"].contains(runtime)) {
      return Unavailable{
          fmt::format("use runtime {} of the engine at {}", runtime, engine_->socket_path()),
          fmt::format("the engine knows only: {}", known_runtimes(info)),
          "register it in the engine's daemon.json under \"runtimes\""};
    }
    Bundle bundle;
    bundle.files.push_back({"strata/agent", context_.agent, true, {}});
    std::error_code error;
    const auto stamp =
        std::filesystem::last_write_time(context_.agent, error).time_since_epoch().count();
    // The agent alone, told apart by its age: a probe need not read it for a digest.
    bundle.digest = fmt::format("probe-{:x}", static_cast<std::uint64_t>(stamp));
    start(prepare(bundle, deadline), {}, deadline)->stop(deadline);

    strata::drivers::Ready ready{{{"accelerator", "native"},
                                  {"engine.version", text_in(version, "Version")},
                                  {"engine.api", text_in(version, "ApiVersion")},
                                  {"runtime", runtime},
                                  {"storage_driver", text_in(info, "Driver")},
                                  {"cgroup_version", text_in(info, "CgroupVersion")},
                                  {"cgroup_driver", text_in(info, "CgroupDriver")},
                                  {"network", target_.options.at("network")},
                                  {"scratch", "overlay"}}};
    if (version.contains("Components") && version["Components"].is_array()) {
      for (const auto& component : version["Components"]) {
        const auto name = text_in(component, "Name");
        if (name == "containerd" || name == runtime) {
          ready.facts[name + ".version"] = text_in(component, "Version");
        }
      }
    }
    if (info.contains("SecurityOptions")) ready.facts["security"] = info["SecurityOptions"].dump();
    return ready;
  } catch (const Error& error) {
    return error.failure();
  } catch (const Json::exception& error) {
    return Unavailable{fmt::format("ask the engine at {}", engine_->socket_path()),
                       fmt::format("its answer can't be read: {}", error.what()),
                       "what answers at this socket is no Docker engine"};
  }
}

Prepared DockerDriver::prepare(const Bundle& bundle, Deadline deadline) {
  const auto tag = image_tag(bundle.digest);
  auto image = fmt::format("{}:{}", kImageName, tag);
  if (!has_image(*engine_, image, deadline)) make_image(*engine_, bundle, tag, deadline);
  return {bundle.digest, std::move(image)};
}

std::unique_ptr<Instance> DockerDriver::start(const Prepared& prepared, const Limits& limits,
                                              Deadline deadline) {
  const auto requested = context_.clock.now();
  auto instance = std::make_unique<DockerInstance>(engine_, context_);
  instance->start(container_definition(target_, context_, prepared.location, limits), requested,
                  deadline);
  return instance;
}

const DriverEntry kDockerDriverEntry{
    .name = "docker",
    .summary = "a container of a Docker engine, with any OCI runtime the engine knows",
    .options = kOptions,
    .shipped_targets =
        [] {
          return std::vector<Target>{{"docker", "docker", {}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<DockerDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
