#include "drivers/faas/emulator/driver_sandboxes.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <limits>
#include <utility>
#include <variant>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/job_codec.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr double kMegabytesPerCpu = 1769;
constexpr auto kForEver = std::chrono::hours(24 * 365 * 10);
/// For an agent to end after its program has.
constexpr auto kStopLimit = std::chrono::seconds(10);
constexpr auto kPrepareLimit = std::chrono::minutes(5);

std::string ending_of(const Outcome& outcome) {
  if (!outcome.exited) {
    std::string name = ::strsignal(outcome.signal);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return fmt::format("Runtime exited with error: signal: {}", name);
  }
  if (outcome.exit_code == 0) return "Runtime exited without providing a reason";
  return fmt::format("Runtime exited with error: exit status {}", outcome.exit_code);
}

/// As Lambda says it.
std::string no_entrypoint(const std::string& why) {
  if (why.find("No such file") != std::string::npos) {
    return "Couldn't find valid bootstrap(s): [/var/task/bootstrap]";
  }
  const auto colon = why.rfind(": ");
  return fmt::format("fork/exec /var/task/bootstrap: {}",
                     colon == std::string::npos ? why : why.substr(colon + 2));
}

}  // namespace

class DriverSandboxes::Handle final : public SandboxHandle {
 public:
  void end(Urgency urgency) override { cancellation_.request(urgency); }

  std::optional<std::uint64_t> peak_memory_bytes() override {
    const std::scoped_lock lock(mutex_);
    if (instance_ == nullptr) return std::nullopt;
    try {
      const auto usage = instance_->usage().sandbox;
      const auto most = usage.peak_memory ? usage.peak_memory : usage.memory;
      return most ? std::optional(most->count) : std::nullopt;
    } catch (const Error&) {
      return std::nullopt;  // it is about to end
    }
  }

  [[nodiscard]] const Cancellation& cancellation() const { return cancellation_; }
  void show(Instance* instance) {
    const std::scoped_lock lock(mutex_);
    instance_ = instance;
  }

 private:
  Cancellation cancellation_;
  std::mutex mutex_;
  Instance* instance_ = nullptr;  ///< while it may be asked what it uses
};

/// A driver for as long as a sandbox lives.
class DriverSandboxes::DriverLease {
 public:
  explicit DriverLease(DriverSandboxes& owner) : owner_(owner), driver_(owner.take_driver()) {}
  ~DriverLease() { owner_.give_back(std::move(driver_)); }
  DriverLease(const DriverLease&) = delete;
  DriverLease& operator=(const DriverLease&) = delete;
  Driver& operator*() const { return *driver_; }

 private:
  DriverSandboxes& owner_;
  std::unique_ptr<Driver> driver_;
};

DriverSandboxes::DriverSandboxes(SandboxOptions options, CodeStore& code, OpenRuntime open_runtime,
                                 Clock& clock)
    : options_(std::move(options)),
      code_(code),
      open_runtime_(std::move(open_runtime)),
      clock_(clock) {}

DriverSandboxes::~DriverSandboxes() = default;

std::unique_ptr<Driver> DriverSandboxes::take_driver() {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_drivers_.empty()) {
      auto driver = std::move(free_drivers_.back());
      free_drivers_.pop_back();
      return driver;
    }
  }
  return options_.make_driver();
}

void DriverSandboxes::give_back(std::unique_ptr<Driver> driver) {
  const std::scoped_lock lock(mutex_);
  free_drivers_.push_back(std::move(driver));
}

void DriverSandboxes::prepare(const std::string& digest) {
  const DriverLease driver(*this);
  code_.prepared(digest, *driver, Deadline::after(clock_, kPrepareLimit));
}

void DriverSandboxes::require_driver(Deadline deadline) {
  const DriverLease driver(*this);
  const auto found = (*driver).probe(deadline);
  if (const auto* const why = std::get_if<Unavailable>(&found)) throw Error(*why);
}

std::shared_ptr<SandboxHandle> DriverSandboxes::start(
    SandboxId id, std::shared_ptr<const FunctionVersion> function, bool is_provisioned) {
  auto handle = std::make_shared<Handle>();
  const std::scoped_lock lock(mutex_);
  threads_.remove_if([](const Thread& one) { return one.is_done.load(); });
  auto& own = threads_.emplace_back();
  own.thread = std::jthread(
      [this, id, function = std::move(function), is_provisioned, handle, &is_done = own.is_done] {
        live(id, *function, is_provisioned, *handle);
        is_done = true;
      });
  return handle;
}

void DriverSandboxes::live(SandboxId id, const FunctionVersion& function, bool is_provisioned,
                           Handle& handle) {
  SandboxEnd end{SandboxEnd::Kind::kNotStarted, {}};
  try {
    const DriverLease driver(*this);
    const auto start_deadline = Deadline::after(clock_, options_.start_limit)
                                    .cancelled_by(handle.cancellation(), Urgency::kOrderly);
    const auto prepared = code_.prepared(function.code_digest, *driver, start_deadline);
    const auto instance = start_instance(*driver, prepared, function, start_deadline);
    const auto host = instance->network_path().host;
    if (host.empty()) {
      throw Error("start a sandbox", "its target has no network, so that it can't ask for events",
                  "use a target whose instances reach the host");
    }
    const auto runtime = open_runtime_(host, id);
    auto job = bootstrap_job(function, is_provisioned, runtime.address);
    job.on_output = [&](std::string_view piece) { platform_->sandbox_printed(id, piece); };
    const auto deadline = Deadline::after(clock_, kForEver).cancelled_by(handle.cancellation());
    platform_->sandbox_launched(id);
    handle.show(instance.get());
    try {
      end.text = ending_of(instance->run(job, deadline));
      end.kind = SandboxEnd::Kind::kExited;
      handle.show(nullptr);
      instance->stop(
          Deadline::after(clock_, kStopLimit).cancelled_by(handle.cancellation(), Urgency::kNow));
    } catch (const ProgramNotStarted& error) {
      handle.show(nullptr);
      end.kind = SandboxEnd::Kind::kNoEntrypoint;
      end.text = no_entrypoint(error.failure().said);
    } catch (const Error& error) {
      // Ended by force, or its agent died; or it did not stop, after its program had ended well.
      handle.show(nullptr);
      if (end.text.empty()) {
        end.kind = SandboxEnd::Kind::kExited;
        end.text = handle.cancellation().is_requested(Urgency::kNow)
                       ? "Runtime exited with error: signal: killed"
                       : error.what();
      }
    }
  } catch (const std::exception& error) {
    end.text = error.what();
  }
  platform_->sandbox_ended(id, end);
}

std::unique_ptr<Instance> DriverSandboxes::start_instance(Driver& driver, const Prepared& prepared,
                                                          const FunctionVersion& function,
                                                          Deadline deadline) {
  if (limits_are_kept_) {
    Limits limits;
    limits.memory = mebibytes(function.memory_mb);
    limits.cpus = function.memory_mb / kMegabytesPerCpu;
    try {
      return driver.start(prepared, limits, deadline);
    } catch (const UsageError&) {
      limits_are_kept_ = false;  // its instances can't be given any
    }
  }
  return driver.start(prepared, {}, deadline);
}

Job DriverSandboxes::bootstrap_job(const FunctionVersion& function, bool is_provisioned,
                                   const std::string& runtime_address) const {
  const auto task_root = fmt::format("bundle:/{}", kTaskRoot);
  Job job;
  job.argv = {task_root + "/bootstrap"};
  job.working_directory = task_root;
  job.time_limit = kForEver;
  job.environment = options_.environment;
  job.environment.insert({
      {"_HANDLER", function.handler},
      {"LAMBDA_TASK_ROOT", task_root},
      {"LAMBDA_RUNTIME_DIR", task_root},
      {"LD_LIBRARY_PATH", task_root + "/lib"},
      {"TZ", ":UTC"},
      {"LANG", "en_US.UTF-8"},
      {"AWS_EXECUTION_ENV", "AWS_Lambda_" + function.runtime},
      {"AWS_LAMBDA_FUNCTION_NAME", function.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", function.version},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(function.memory_mb)},
      {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + function.name},
      {"AWS_LAMBDA_LOG_STREAM_NAME", fmt::format("[{}]{}", function.version, new_uuid())},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", is_provisioned ? "provisioned-concurrency" : "on-demand"},
  });
  for (const auto& [name, value] : function.environment) job.environment[name] = value;
  job.environment["AWS_LAMBDA_RUNTIME_API"] = runtime_address;
  return job;
}

}  // namespace strata::drivers::faas::emulator
