#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/vocabulary/bytes.h"

namespace strata::drivers {

/// One file of a bundle.
struct BundleFile {
  /// Inside the bundle, relative, without "." or "..": "strata/bin/sort".
  std::string path;
  std::filesystem::path source;  ///< where its bytes are on the host
  bool executable = false;
  std::string sha256;  ///< lower-case hex
  Bytes size = {};
};

/// The files an instance needs: the agent, one program, and the program's shared libraries.
///
///     strata/agent             the agent
///     strata/bin/NAME          the program
///     strata/interpreter/NAME  what runs it, if it is a script
///     strata/lib/NAME          its libraries; the agent sets LD_LIBRARY_PATH to this folder
///     lib64/ld-linux-….so      the program's dynamic loader, at the path the program names; in the
///                              same way a library that is asked for by an absolute path
///
/// The same bytes run in every paradigm: a driver lays them out below a root ("/" in a container, a
/// cached folder for a bare process) and tells the agent nothing else.
struct Bundle {
  std::string digest;                ///< SHA-256 over every file's path, mode and SHA-256
  std::vector<std::string> command;  ///< argv to start the program with: "bundle:/strata/bin/NAME";
                                     ///< more than one word only for a script
  std::string program_digest;        ///< SHA-256 of the program itself (of a script, the script)
  std::vector<BundleFile> files;     ///< sorted by path, each path once
};

struct BundleRequest {
  std::filesystem::path agent;
  std::filesystem::path program;            ///< ELF executable or a script with a #! line
  std::vector<std::filesystem::path> with;  ///< further files (dlopen): they and their libraries
};

/// Collects what `program` needs, as the dynamic loader would (see library_search.h). Reads files
/// only, runs nothing. Throws UsageError if the program or a library is missing, not executable,
/// damaged, or for another machine type.
Bundle make_bundle(const BundleRequest& request);

/// One file for make_bundle_of().
struct BundleAddition {
  std::string path;  ///< as BundleFile's
  std::filesystem::path source;
  bool executable = false;
};

/// A bundle of the agent and these files, wherever they belong. It has no command. Throws
/// UsageError for a file that is missing or a place that two want.
Bundle make_bundle_of(const std::filesystem::path& agent, const std::vector<BundleAddition>& files);

/// The bundle of nothing but the agent, for probing. It has no command.
Bundle make_agent_bundle(const std::filesystem::path& agent);

/// The program `name` as a shell would find it: with a slash as it is, else along $PATH.
/// Throws UsageError if there is none.
std::filesystem::path find_program(const std::string& name);

}  // namespace strata::drivers
