#include "drivers/faas/faas_driver.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "drivers/faas/faas_deployment.h"
#include "drivers/faas/faas_instance.h"
#include "drivers/faas/function_zip.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::drivers {
namespace faas {
namespace {

#if defined(__x86_64__)
constexpr auto kArchitecture = "x86_64";
#else
constexpr auto kArchitecture = "arm64";
#endif

/// The target called `name` among those that other drivers ship.
Target sandbox_target(const std::string& name, const Target& target) {
  std::vector<std::string> names;
  for (const auto* const entry : driver_table()) {
    if (entry->name == target.driver) continue;
    for (auto& shipped : entry->shipped_targets()) {
      if (shipped.name == name) {
        // A runtime asks its platform for events: without a network it can't.
        if (entry->name == "docker") shipped.options.try_emplace("network", "bridge");
        return std::move(shipped);
      }
      names.push_back(shipped.name);
    }
  }
  throw UsageError(fmt::format("read target \"{}\"", target.name),
                   fmt::format("isolation = \"{}\" can't be", name), suggest(name, names));
}

/// What prepare() made of a bundle: the zip, and what starts its programs.
struct Location {
  std::string loader;
  std::string zip;

  [[nodiscard]] std::string to_text() const { return fmt::format("{}:{}", loader, zip); }
  static Location from_text(const std::string& text) {
    const auto colon = text.find(':');
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw Error(fmt::format("read the function's zip {}", path), "it can't be read",
                "has the cache been cleaned meanwhile? start the run again");
  }
  return bytes;
}

void require_possible(const Target& target, const Limits& limits) {
  const char* const name = limits.cpus ? "CPU time" : limits.processes ? "processes" : nullptr;
  if (name == nullptr) return;
  throw UsageError(fmt::format("start an instance of {}", target.name),
                   fmt::format("a function can't be given a limit on {}", name),
                   "its memory decides how much CPU time it gets");
}

std::string new_name(const std::string& run_id) {
  static std::atomic<std::uint64_t> count = 0;
  return fmt::format("strata-{}-{}", run_id, ++count);
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  std::vector<std::string> removed;
  // A run's own platform ends with it; what may be left are sandboxes, which are other drivers'.
  for (const auto* const entry : driver_table()) {
    if (entry->name == "faas") continue;
    try {
      const auto lines = entry->clean(is_abandoned, false, context);
      removed.insert(removed.end(), lines.begin(), lines.end());
    } catch (const Error&) {
      // That driver says so itself when it is asked, and can have had no sandboxes here.
    }
  }
  if (!with_cache) return removed;
  const auto zips = context.cache_directory / "functions";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(zips, error)) {
    removed.push_back(fmt::format("function {}", entry.path().filename().string()));
  }
  std::filesystem::remove_all(zips, error);
  return removed;
}

}  // namespace

FaasDriver::FaasDriver(Target target, const DriverContext& context)
    : target_(std::move(target)), options_(faas_options_of(target_)), context_(context) {
  if (options_.is_own_platform()) {
    isolation_ = sandbox_target(options_.isolation, target_);
  } else {
    client_ = std::make_shared<LambdaClient>(platform_at(options_.endpoint, options_.region),
                                             context_.clock);
  }
}

LambdaClient& FaasDriver::client() {
  if (!client_) {
    own_ = OwnPlatform::of(target_, isolation_, context_);
    client_ = std::make_shared<LambdaClient>(own_->platform(), context_.clock);
  }
  return *client_;
}

Availability FaasDriver::probe(Deadline deadline) {
  try {
    std::map<std::string, std::string> facts{{"accelerator", "unknown"}, {"scratch", "unknown"}};
    if (options_.is_own_platform()) {
      auto sandboxes = make_driver(isolation_, context_)->probe(deadline);
      if (const auto* const why = std::get_if<Unavailable>(&sandboxes)) return *why;
      facts = std::move(std::get<strata::drivers::Ready>(sandboxes).facts);
      facts["isolation"] = options_.isolation;
      facts["platform"] = "strata";
    } else {
      facts["platform"] = options_.endpoint;
      facts["region"] = client().platform().region;
    }
    facts["memory"] = fmt::format("{} MB", options_.memory_mb);
    start(prepare(make_agent_bundle(context_.agent), deadline), {}, deadline)->stop(deadline);
    return strata::drivers::Ready{std::move(facts)};
  } catch (const Error& error) {
    return error.failure();
  }
}

Prepared FaasDriver::prepare(const Bundle& bundle, Deadline deadline) {
  const auto zip =
      provide_function_zip(bundle, context_.cache_directory, context_.run_id, deadline);
  client();
  if (own_) {
    // What its sandboxes boot from is made when a function is created: once, here, and not in the
    // first start.
    const auto definition = definition_of(zip.string(), {});
    client_->create(definition, deadline);
    client_->remove(definition.name, deadline);
    client_->await_removal(definition.name, deadline);
  }
  return {bundle.digest, Location{loader_in(bundle), zip.string()}.to_text()};
}

FunctionDefinition FaasDriver::definition_of(const std::string& zip, const Limits& limits) const {
  FunctionDefinition definition;
  definition.name = new_name(context_.run_id);
  definition.zip = read_file(zip);
  definition.role = options_.role;
  definition.architecture = kArchitecture;
  definition.memory_mb = options_.memory_mb;
  definition.timeout_s = options_.timeout_s;
  if (limits.memory) {
    definition.memory_mb = static_cast<std::uint32_t>(limits.memory->count >> 20U);
  }
  definition.environment = {{"STRATA_RUN_ID", context_.run_id}};
  definition.tags = {{"strata.run", context_.run_id}};
  return definition;
}

std::unique_ptr<Instance> FaasDriver::start(const Prepared& prepared, const Limits& limits,
                                            Deadline deadline) {
  require_possible(target_, limits);
  client();
  const auto location = Location::from_text(prepared.location);
  auto instance = std::make_unique<FaasInstance>(
      client_, context_.clock,
      FunctionSetup{definition_of(location.zip, limits), location.loader, limits.cpu_set,
                    options_.provisioned ? 1U : 0U});
  instance->start(deadline);
  return instance;
}

std::unique_ptr<Deployment> FaasDriver::deploy(const Prepared& prepared,
                                               std::optional<std::uint32_t> most_sandboxes,
                                               Deadline deadline) {
  client();
  const auto location = Location::from_text(prepared.location);
  auto deployment =
      std::make_unique<FaasDeployment>(client_, context_.clock, definition_of(location.zip, {}));
  deployment->create(most_sandboxes, deadline);
  return deployment;
}

}  // namespace faas

const DriverEntry kFaasDriverEntry{
    .name = "faas",
    .summary = "a function of a platform with AWS Lambda's API: Strata's own, or any other",
    .options = faas::kFaasOptions,
    .shipped_targets =
        [] {
          return std::vector<Target>{{"faas-process", "faas", {}, {}},
                                     {"faas-docker", "faas", {{"isolation", "docker"}}, {}},
                                     {"faas-gvisor", "faas", {{"isolation", "docker-gvisor"}}, {}},
                                     {"faas-kvm", "faas", {{"isolation", "kvm"}}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<faas::FaasDriver>(target, context);
    },
    .clean = faas::clean,
};

}  // namespace strata::drivers
