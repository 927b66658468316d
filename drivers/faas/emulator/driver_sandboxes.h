#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver.h"
#include "drivers/faas/emulator/code_store.h"
#include "drivers/faas/emulator/platform.h"

namespace strata::drivers::faas::emulator {

/// The Runtime API of one sandbox, while it is kept.
struct RuntimeEndpoint {
  std::string address;  ///< as the sandbox has to call it: "127.0.0.1:40123"
  std::shared_ptr<void> listener;
};
/// Opens one at `host`, the host's address as the sandbox calls it. Throws Error.
using OpenRuntime = std::function<RuntimeEndpoint(const std::string& host, SandboxId id)>;

struct SandboxOptions {
  std::function<std::unique_ptr<Driver>()> make_driver;
  Duration start_limit = std::chrono::seconds(60);
  std::map<std::string, std::string> environment;  ///< of every runtime
};

/// Sandboxes that drivers start. Each has a thread, since drivers and instances work in one; the
/// function's bootstrap is a job in an instance that lasts as long as the sandbox.
class DriverSandboxes final : public SandboxStarter {
 public:
  /// The code store and the clock outlive it.
  DriverSandboxes(SandboxOptions options, CodeStore& code, OpenRuntime open_runtime, Clock& clock);
  /// Waits for the threads: the platform has to have ended all sandboxes.
  ~DriverSandboxes() override;

  /// Before the first start.
  void report_to(Platform& platform) { platform_ = &platform; }

  std::shared_ptr<SandboxHandle> start(SandboxId id,
                                       std::shared_ptr<const FunctionVersion> function,
                                       bool is_provisioned) override;

  /// Makes what this code is started from, so that the first start need not. Throws Error.
  void prepare(const std::string& digest);
  /// Whether sandboxes can be started here, found out by starting one without code. Throws Error if
  /// not.
  void require_driver(Deadline deadline);

 private:
  class Handle;
  struct Thread {
    std::jthread thread;
    std::atomic<bool> is_done{false};
  };
  class DriverLease;

  std::unique_ptr<Driver> take_driver();
  void give_back(std::unique_ptr<Driver> driver);
  void live(SandboxId id, const FunctionVersion& function, bool is_provisioned, Handle& handle);
  std::unique_ptr<Instance> start_instance(Driver& driver, const Prepared& prepared,
                                           const FunctionVersion& function, Deadline deadline);
  [[nodiscard]] Job bootstrap_job(const FunctionVersion& function, bool is_provisioned,
                                  const std::string& runtime_address) const;

  const SandboxOptions options_;
  CodeStore& code_;
  const OpenRuntime open_runtime_;
  Clock& clock_;
  Platform* platform_ = nullptr;
  std::atomic<bool> limits_are_kept_{true};  ///< false once the driver has refused them

  std::mutex mutex_;
  std::vector<std::unique_ptr<Driver>> free_drivers_;
  std::list<Thread> threads_;
};

}  // namespace strata::drivers::faas::emulator
