#include "drivers/docker/docker_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include "drivers/container_usage.h"
#include "drivers/process_scan.h"
#include "drivers/process_usage.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr long kNoSuch = 404;
constexpr long kUnderWay = 409;
/// For tidying up after something went wrong, when the caller's deadline has passed already.
constexpr auto kTidyLimit = std::chrono::seconds(10);
/// For asking how a container ended that has ended.
constexpr auto kPostMortemLimit = std::chrono::seconds(2);

std::string new_name() {
  std::random_device device;
  return fmt::format("strata-{:08x}{:08x}", device(), device());
}

/// The engine's proxies for a published port, one for each version of IP.
SideUsage usage_of_proxies(std::uint16_t port) {
  SideUsage sum;
  for (const auto& one : live_processes()) {
    if (one.name != "docker-proxy") continue;
    const auto words = one.arguments();
    const auto option = std::find(words.begin(), words.end(), "-host-port");
    if (words.end() - option > 1 && option[1] == std::to_string(port)) {
      add(sum, usage_of_process(one.pid));
    }
  }
  return sum;
}

/// Ends the watching of a stream when a call is over, however it ends.
class Watch {
 public:
  Watch(EngineClient& engine, AttachStream& stream) : engine_(engine) {
    engine_.watch(stream.fd(), [&stream] { return stream.pump(); });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { engine_.watch(-1); }

 private:
  EngineClient& engine_;
};

}  // namespace

DockerInstance::DockerInstance(Services services, std::filesystem::path scratch, const Clock& clock)
    : services_(std::move(services)),
      engine_(services_.engine),
      clock_(clock),
      daemons_before_(services_.daemons->usage_before()) {
  if (!scratch.empty()) scratch_.emplace(std::move(scratch));
}

DockerInstance::~DockerInstance() {
  if (name_.empty() || is_removed_) return;
  try {
    const auto deadline = Deadline::after(monotonic_clock(), kTidyLimit);
    while (!remove_container(deadline) && !deadline.expired()) {
    }
  } catch (const std::exception&) {
    // The engine is gone or hangs; `strata clean` finds the container by its label.
  }
}

bool DockerInstance::remove_container(Deadline deadline) {
  const auto answer =
      engine_->call("DELETE", fmt::format("/containers/{}?force=true&v=true", name_), deadline);
  if (answer.is_success() || answer.status == kNoSuch) return true;
  // It may be under way already, since the container has ended; and a runtime that took long to
  // kill it makes the engine give up, though it is dead a moment later.
  const auto wait = answer.status == kUnderWay ? "removed" : "not-running";
  engine_->begin("POST", fmt::format("/containers/{}/wait?condition={}", name_, wait), deadline)
      ->finish(deadline);
  return answer.status == kUnderWay;
}

void DockerInstance::create(const Json& definition, Deadline deadline) {
  if (deadline.expired()) {
    throw DeadlineExceeded("create a container", "there was no time left to begin with");
  }
  name_ = new_name();
  const auto path = "/containers/create?name=" + name_;
  // Once asked, the engine makes it, whether or not somebody waits; only one that is there can be
  // removed.
  const auto created = engine_->ask("POST", path, deadline.at_least(kTidyLimit), definition);
  id_ = text_in(created, "Id");
  if (id_.empty()) throw Error(engine_->describe("POST", path), "its answer has no Id", kNoEngine);
  // An engine whose kernel lacks a controller starts the container without the limit.
  const auto warnings = created.contains("Warnings") ? created["Warnings"].dump() : "";
  if (warnings.find("discarded") != std::string::npos) {
    throw Error("limit a container", "the engine says: " + warnings,
                "leave that limit out, or use a kernel that has it");
  }
}

void DockerInstance::start(const Json& definition, TimePoint requested, Deadline deadline) try {
  stamps_.set(Stamp::kRequested, requested);
  requested_ = std::chrono::system_clock::now() - (clock_.now() - requested);
  create(definition, deadline);
  stamps_.set(Stamp::kCreated, clock_.now());
  stream_ = AttachStream::open(*engine_, id_, deadline);
  // Before the start: a container may be gone before the question has reached the engine.
  removal_ =
      engine_->begin("POST", fmt::format("/containers/{}/wait?condition=removed", id_), deadline);
  {
    const Watch watch(*engine_, *stream_);
    engine_->ask("POST", fmt::format("/containers/{}/start", id_), deadline);
  }
  stamps_.set(Stamp::kLaunched, clock_.now());
  connection_ = std::make_unique<AgentConnection>(*stream_, stamps_);
  connection_->await_hello(deadline);
  // By its name and not by the pid that the engine says, which may be one of another namespace
  // than ours: ci/with-docker gives its engine one.
  cgroup_ = Cgroup::find(id_);
  path_ = services_.network->path(services_.network->has_address() ? inspect(*engine_, deadline)
                                                                   : Json::object());
} catch (const Error& error) {
  explain(error);
}

Json DockerInstance::inspect(EngineClient& engine, Deadline deadline) const {
  return engine.ask("GET", fmt::format("/containers/{}/json", id_), deadline);
}

Outcome DockerInstance::run(const Job& job, Deadline deadline) try {
  auto outcome = connection_->run(job, deadline);
  if (cgroup_) note_out_of_memory(*cgroup_, outcome);
  return outcome;
} catch (const Error& error) {
  explain(error);
}

Usage DockerInstance::usage() {
  Usage usage = cgroup_ ? usage_of_container(*cgroup_) : Usage{};
  if (path_.port != NetworkPath::kPort) add(usage.supervisors, usage_of_proxies(path_.port));
  usage.daemons = growth(*daemons_before_, services_.daemons->usage());
  try {
    // A client of its own: this may be called while run() is under way in another thread.
    EngineClient engine(engine_->socket_path());
    const auto inspection = inspect(engine, Deadline::after(monotonic_clock(), kPostMortemLimit));
    const auto state = inspection.is_object() ? inspection.value("State", Json()) : Json();
    if (const auto started = parse_engine_time(text_in(state, "StartedAt"))) {
      usage.reported_start = *started - requested_;
    }
  } catch (const Error&) {
    // The engine says nothing: absent.
  }
  return usage;
}

std::optional<std::int64_t> DockerInstance::await_removal(Deadline deadline) {
  const auto tried = fmt::format("wait for the removal of container {}", name_);
  if (!removal_) throw Error(tried, "it is gone already");
  const auto answer = std::exchange(removal_, nullptr)->finish(deadline);
  if (answer.status == kNoSuch) {
    is_removed_ = true;
    return std::nullopt;
  }
  if (!answer.is_success()) throw refusal(tried, answer);
  const auto json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) throw Error(tried, "the engine's answer is no JSON", kNoEngine);
  // {"StatusCode": 0, "Error": null or {"Message": "…"}}
  if (const auto error = json.find("Error"); error != json.end() && error->is_object()) {
    throw Error(tried, "the engine says: " + text_in(*error, "Message"));
  }
  is_removed_ = true;
  const auto code = json.find("StatusCode");
  if (code == json.end() || !code->is_number_integer()) return std::nullopt;
  return code->get<std::int64_t>();
}

void DockerInstance::stop(Deadline deadline) try {
  connection_->stop(deadline);
  const auto code = await_removal(deadline);
  if (scratch_) scratch_->remove();
  stamps_.set(Stamp::kRemoved, clock_.now());
  if (code.value_or(0) != 0) {
    throw Error("stop the agent", fmt::format("it ended with exit code {}", *code));
  }
} catch (const Error& error) {
  explain(error);
}

bool DockerInstance::was_out_of_memory(Deadline deadline) const {
  // The engine keeps its last few hundred events. `until` must lie in the past, or it waits for
  // more of them.
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Json filters{{"container", {id_}}, {"event", {"oom"}}};
  const auto answer =
      engine_->call("GET",
                    fmt::format("/events?since=0&until={}.{:09}&filters={}", now.count() / kSecond,
                                now.count() % kSecond, query_escaped(filters.dump())),
                    deadline);
  return answer.is_success() && answer.body.find("\"oom\"") != std::string::npos;
}

void DockerInstance::explain(const Error& error) {
  if (!stream_ || !stream_->has_ended() || !removal_) throw;
  std::string said = error.failure().said;
  try {
    const auto deadline = Deadline::after(monotonic_clock(), kPostMortemLimit);
    if (const auto code = await_removal(deadline)) {
      said += fmt::format("; its container ended with exit code {}", *code);
    }
    if (was_out_of_memory(deadline)) said += ", since the kernel killed it for want of memory";
  } catch (const Error& another) {
    said += "; " + to_string(another.failure());
  }
  throw Error(error.failure().tried, said, error.failure().do_next);
}

}  // namespace strata::drivers
