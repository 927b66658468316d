#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

namespace strata::drivers {

/// What a program that is started in a mount namespace of its own finds mounted there. The mounts
/// go with the namespace: however its makers end, none of them is ever seen on the host.
struct PrivateMounts {
  /// An overlay to be mounted; nothing if `target` is empty. Its options are as mount(2) takes
  /// them.
  std::string overlay_target;
  std::string overlay_options;
  /// A hierarchy of cgroups that is not to be there: crun refuses version 2 beside version 1, where
  /// version 1 is in charge. Empty: none.
  std::string hidden_cgroups;
};

struct ProgramStart {
  std::vector<std::string> words;        ///< its path, then its arguments
  std::vector<std::string> environment;  ///< "NAME=VALUE", the whole of it
  std::array<int, 3> descriptors{};      ///< its input, output and error output
};

/// Starts a program in a mount namespace of its own, in a session of its own, with all signals at
/// their defaults; returns its pid, a child to be waited for. Our memory is lent to it until it
/// becomes the program, as with vfork. Needs root. Throws Error.
pid_t start_with_mounts(const ProgramStart& start, const PrivateMounts& mounts);

/// The text for a folder in an overlay's options, where some characters mean something.
std::string overlay_escaped(const std::string& folder);

/// Where version 2 of cgroups is mounted beside version 1; empty if it is not.
std::string second_cgroup_hierarchy();

}  // namespace strata::drivers
