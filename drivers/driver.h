#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "drivers/bundle.h"
#include "drivers/job.h"
#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/stamps.h"

namespace strata::drivers {

/// The target can run here; `facts` go into the result (versions, runtime, accelerator, …).
struct Ready {
  std::map<std::string, std::string> facts;
};
/// It can't: what was tried, why it failed, and the command that mends it. A value, since it is
/// expected.
using Unavailable = Failure;
using Availability = std::variant<Ready, Unavailable>;

/// What a bundle was turned into, so that starts are quick: a folder, an image, an initramfs.
struct Prepared {
  std::string bundle_digest;
  std::string location;  ///< the driver's own word for it: a folder, an image id
};

/// What an instance may use at most. A driver that cannot limit one throws UsageError, naming it.
struct Limits {
  std::optional<double> cpus;          ///< CPU time per wall time
  std::vector<std::uint32_t> cpu_set;  ///< CPUs it may run on; empty: all
  std::optional<Bytes> memory;
  std::optional<std::uint32_t> processes;
};

/// CPU time and memory of one side of an instance. What could not be read is absent.
struct SideUsage {
  std::optional<Duration> cpu;  ///< since the instance started
  std::optional<Bytes> memory;  ///< PSS where the kernel has it, else what its cgroup says
  std::optional<Bytes> peak_memory;
};
struct Usage {
  SideUsage sandbox;      ///< agent and program
  SideUsage supervisors;  ///< shim, VMM, proxy, gateway: what the paradigm adds per instance
  /// Parts of the supervisors' CPU time, where they can be told apart: "main" and "io" of a VMM.
  std::map<std::string, Duration> supervisors_cpu;
  /// By how much what serves all instances alike (an engine, containerd) has grown since this one,
  /// or the first of those that live at once, was asked for.
  SideUsage daemons;
  /// From `requested` to the start that the paradigm's own manager reports, on its own clock.
  std::optional<Duration> reported_start;
};

/// How the host and an instance reach each other over the network. What can't be reached is empty.
struct NetworkPath {
  /// The port inside that `instance` leads to.
  static constexpr std::uint16_t kPort = 7411;
  std::string host;            ///< the host's address as a program inside has to call it
  std::string instance;        ///< the address at which the host reaches kPort inside
  std::uint16_t port = kPort;  ///< the port at that address
};

/// One started sandbox with a live agent in it. Used from one thread; only usage() may also be
/// called from another one while run() is under way.
/// Destruction kills what still runs, reclaims everything and never throws.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  [[nodiscard]] virtual const Stamps& stamps() const = 0;

  /// Runs one job to its end. One at a time. A program that fails is an Outcome, not an exception.
  /// Throws DeadlineExceeded if the agent did not answer in time and Error if the instance died or
  /// broke the protocol; the instance is of no use after either. A deadline that is cancelled with
  /// Urgency::kOrderly makes the agent send the program SIGTERM; run() then waits for its end.
  virtual Outcome run(const Job& job, Deadline deadline) = 0;

  [[nodiscard]] virtual Usage usage() = 0;

  [[nodiscard]] virtual NetworkPath network_path() const { return {}; }

  /// Orderly end: tells the agent to stop, waits until nothing is left, and stamps both.
  /// Throws as run() does; destruction then reclaims the rest.
  virtual void stop(Deadline deadline) = 0;
};

/// Starts instances of one paradigm for one target. Used from one thread.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  /// Whether this host can run the target, found out by doing it, before the deadline.
  virtual Availability probe(Deadline deadline) = 0;

  /// Turns a bundle into what the paradigm boots from. Cached by digest; never timed. Throws Error.
  virtual Prepared prepare(const Bundle& bundle, Deadline deadline) = 0;

  /// Starts an instance and returns once its agent has said hello. Throws Error; nothing is left
  /// then.
  virtual std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                          Deadline deadline) = 0;
};

}  // namespace strata::drivers
