#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/driver.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas {

/// Who may call the emulator: the key pair that requests have to be signed with (SigV4).
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
};

struct EmulatorOptions {
  /// Makes a driver for the sandboxes of this emulator's one target. Called once for each sandbox
  /// alive at a time, from that sandbox's thread, also in several threads at once; drivers are used
  /// again. What the drivers need has to outlive the emulator.
  std::function<std::unique_ptr<Driver>()> make_driver;
  std::filesystem::path agent;  ///< strata-agent for the sandboxes' machine type
  /// Functions, their code and the queue of events: what outlives the emulator. Made if need be;
  /// one emulator at a time may use it.
  std::filesystem::path data_directory;

  /// A numeric address. One that others can reach is refused without `credentials`.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                  ///< 0: any that is free
  std::optional<Credentials> credentials;  ///< set: every request on the Invoke side must be signed
  std::string region = "us-east-1";
  std::string account = "000000000000";

  std::uint32_t concurrency = 1000;  ///< the account's limit: sandboxes that work at the same time
  /// How long an invocation may wait for a sandbox at the limit before it is answered with 429.
  /// Zero, as on AWS: not at all.
  Duration queue_limit{};
  Duration idle_limit = std::chrono::minutes(10);   ///< a sandbox that is idle for so long is ended
  Duration start_limit = std::chrono::seconds(60);  ///< for the driver to start a sandbox
  Duration init_limit = std::chrono::seconds(10);   ///< for the runtime to ask for its first event
  Duration stop_grace = std::chrono::seconds(2);    ///< from SIGTERM to the end by force
  /// After a function failed with an event, until the first retry; twice that until the second.
  Duration event_retry_delay = std::chrono::minutes(1);
  std::uint32_t event_loops = 0;   ///< threads that serve; 0: one a core
  std::filesystem::path log_file;  ///< what functions print and their REPORT lines; empty: nowhere
};

/// A local function platform that speaks AWS Lambda's protocols: the Invoke side on one port, and
/// towards each sandbox a Runtime API of its own. Knows of sandboxes only that a Driver starts
/// them.
class Emulator {
 public:
  /// Binds its port: from here on connections are taken, and answered once run() runs. Starts again
  /// what the data directory holds: functions, and events not yet done. Throws UsageError for
  /// options that can't be, and Error.
  explicit Emulator(EmulatorOptions options);
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  /// Ends every sandbox. Not while run() runs.
  ~Emulator();

  /// Serves until stop(); then lets invocations in hand end within the grace period, ends all
  /// sandboxes and returns. Once. Throws Error if it could not go on.
  void run();
  /// From any thread, at any time, more than once; returns at once. Not from a signal handler.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  /// What a client's --endpoint-url is: "http://127.0.0.1:3001".
  [[nodiscard]] std::string endpoint() const;
  /// How many sandboxes a function has: starting, alive or ending, also after it was deleted. From
  /// any thread.
  [[nodiscard]] std::size_t sandboxes_of(const std::string& function) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace strata::drivers::faas
