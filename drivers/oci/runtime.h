#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drivers/child_stream.h"
#include "drivers/oci/private_mounts.h"
#include "drivers/owned_folder.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// An OCI runtime's command line: create, start, delete (opencontainers.org, runtime
/// specification). Used from one thread.
class Runtime {
 public:
  /// `program` is a path or a name that is looked up along $PATH. `home` is a folder of
  /// its own, which is removed with it: for what it knows of its containers. `run_id` marks every
  /// process it starts. Throws UsageError if there is no such program.
  Runtime(const std::string& program, std::filesystem::path home, std::string run_id);

  /// The first line that it prints of its version: "runc version 1.1.5". Asked once.
  const std::string& version(Deadline deadline);
  /// Whether it is gVisor's, which has a kernel of its own.
  bool is_gvisor(Deadline deadline);
  /// Arguments for every call, before the command: "--platform=ptrace".
  void set_arguments(std::vector<std::string> arguments) { arguments_ = std::move(arguments); }

  /// Makes the container `id` of the bundle folder, whose root is mounted for it as `root` says.
  /// Its streams are `theirs` and `side`. Returns the pid of its first process, which waits for
  /// start(). Throws as all calls do: DeadlineExceeded, and Error with what the runtime said.
  pid_t create(const std::string& id, const std::filesystem::path& bundle, PrivateMounts root,
               const ChildEnds& ends, Deadline deadline);
  void start(const std::string& id, Deadline deadline);
  /// Removes what is left of a container that has ended; with `force` one that has not.
  void remove(const std::string& id, bool force, Deadline deadline);

  [[nodiscard]] const std::string& program() const { return program_; }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }

 private:
  /// One call; what it prints goes to `side`.
  void call(const std::vector<std::string>& words, PrivateMounts mounts,
            const std::array<int, 3>& descriptors, Deadline deadline);
  void call_quietly(const std::vector<std::string>& words, Deadline deadline);

  std::string program_;
  OwnedFolder home_;
  std::filesystem::path state_;
  std::string run_id_;
  std::vector<std::string> arguments_;
  std::string version_;
  std::string hidden_cgroups_;
};

}  // namespace strata::drivers
