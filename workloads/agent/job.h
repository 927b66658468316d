#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::agent {

/// What the agent knows of the place it is in.
struct Surroundings {
  std::string root;     ///< where the bundle lies: what stands before "/strata/agent"; "" for "/"
  std::string scratch;  ///< folder for the program's files
  std::string run_id;   ///< may be empty
};

/// A job frame, taken apart.
struct Job {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  ///< "NAME=VALUE", complete
  std::string working_directory;
  std::string stdin_bytes;
  std::uint64_t time_limit_ns = 0;
  std::uint64_t output_limit = 0;
  std::vector<std::uint64_t> cpus;
  bool stream_output = false;  ///< output goes to the host as it comes
};

/// Reads a job frame's payload and adds what the agent sets. False: it is not one, or names no
/// program.
bool parse_job(std::span<const std::byte> payload, const Surroundings& surroundings, Job& job);

}  // namespace strata::agent
