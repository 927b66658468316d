#include "workloads/agent/job.h"

#include <algorithm>

#include "workloads/wire/job_fields.h"

namespace strata::agent {
namespace {

constexpr std::uint64_t kDefaultTimeLimitNs = 600'000'000'000;
constexpr std::uint64_t kDefaultOutputLimit = 16UL << 20U;
/// Frames of output are sent from memory: a limit beyond this is a mistake of the host's.
constexpr std::uint64_t kMostOutput = 1UL << 30U;

/// Adds NAME=VALUE unless the job has set NAME itself.
void add_default(std::vector<std::string>& environment, std::string entry) {
  const auto name = std::string_view(entry).substr(0, entry.find('=') + 1);
  const bool set = std::any_of(environment.begin(), environment.end(),
                               [&](const std::string& one) { return one.starts_with(name); });
  if (!set) environment.push_back(std::move(entry));
}

bool has_zero_byte(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

bool parse_job(std::span<const std::byte> payload, const Surroundings& surroundings, Job& job) {
  job = {};
  job.time_limit_ns = kDefaultTimeLimitNs;
  job.output_limit = kDefaultOutputLimit;
  wire::JobFieldReader reader(payload);
  wire::JobField field{};
  std::string_view value;
  while (reader.next(field, value)) {
    std::uint64_t number = 0;
    switch (field) {
      case wire::JobField::kArgument:
        if (has_zero_byte(value)) return false;
        job.arguments.emplace_back(value);
        break;
      case wire::JobField::kEnvironment:
        if (has_zero_byte(value) || value.find('=') == std::string_view::npos) return false;
        job.environment.emplace_back(value);
        break;
      case wire::JobField::kWorkingDirectory:
        if (has_zero_byte(value)) return false;
        job.working_directory = value;
        break;
      case wire::JobField::kStdin:
        job.stdin_bytes = value;
        break;
      case wire::JobField::kTimeLimitNs:
        if (!wire::decode_number(value, job.time_limit_ns)) return false;
        break;
      case wire::JobField::kOutputLimitBytes:
        if (!wire::decode_number(value, job.output_limit)) return false;
        break;
      case wire::JobField::kCpu:
        if (!wire::decode_number(value, number)) return false;
        job.cpus.push_back(number);
        break;
      case wire::JobField::kStream:
        job.stream_output = true;
        break;
    }
  }
  if (!reader.ok() || job.arguments.empty() || job.arguments.front().empty()) return false;
  job.output_limit = std::min(job.output_limit, kMostOutput);

  const auto find_place = [&](std::string& text, std::size_t from) {
    if (std::string_view(text).substr(from).starts_with(wire::kInBundle)) {
      text.replace(from, wire::kInBundle.size(), surroundings.root + "/");
    }
  };
  for (auto& argument : job.arguments) find_place(argument, 0);
  find_place(job.working_directory, 0);
  if (job.working_directory.empty()) job.working_directory = surroundings.scratch;
  auto& environment = job.environment;
  for (auto& entry : environment) find_place(entry, entry.find('=') + 1);
  add_default(environment, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  add_default(environment, "HOME=" + surroundings.scratch);
  add_default(environment, "TMPDIR=" + surroundings.scratch);
  add_default(environment, "LANG=C");
  add_default(environment, "LD_LIBRARY_PATH=" + surroundings.root + "/strata/lib");
  add_default(environment, "STRATA_SCRATCH=" + surroundings.scratch);
  if (!surroundings.run_id.empty()) {
    add_default(environment, "STRATA_RUN_ID=" + surroundings.run_id);
  }
  return true;
}

}  // namespace strata::agent
