#include "drivers/job_codec.h"

#include <fmt/format.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/frame.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;
using wire::JobField;

/// 2^62: as nanoseconds 146 years, and no sum of two overflows.
constexpr std::uint64_t kMostNatural = 1ULL << 62U;
constexpr std::uint64_t kMostExitCode = 255;
/// The kernel's own limit on process numbers (PID_MAX_LIMIT).
constexpr std::uint64_t kMostProcesses = 1ULL << 22U;

/// What is wrong with a sample; read_sample adds the rest.
struct BadSample {
  std::string said;
};

const Json& member(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) throw BadSample{fmt::format("it has no \"{}\"", name)};
  return *found;
}

std::uint64_t natural(const Json& json, const char* name, std::uint64_t most = kMostNatural) {
  const auto& value = member(json, name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    throw BadSample{fmt::format("\"{}\" is no whole number from 0 to {}", name, most)};
  }
  return value.get<std::uint64_t>();
}

Duration nanoseconds(const Json& json, const char* name) {
  return Duration(static_cast<Duration::rep>(natural(json, name)));
}

bool truth(const Json& json, const char* name) {
  const auto& value = member(json, name);
  if (!value.is_boolean()) throw BadSample{fmt::format("\"{}\" is neither true nor false", name)};
  return value.get<bool>();
}

void read_members(const Json& json, std::string_view program, Outcome& outcome) {
  if (const auto error = json.find("start_error"); error != json.end()) {
    if (!error->is_string()) throw BadSample{"\"start_error\" is no text"};
    throw ProgramNotStarted(fmt::format("start {}", printable(program)),
                            printable(error->get_ref<const std::string&>()));
  }
  outcome.exited = !member(json, "exit").is_null();
  outcome.exit_code = outcome.exited ? static_cast<int>(natural(json, "exit", kMostExitCode)) : 0;
  outcome.signal = static_cast<int>(natural(json, "signal", _NSIG - 1));
  if (outcome.exited != (outcome.signal == 0)) {
    throw BadSample{"a program either exits or is ended by a signal"};
  }
  outcome.timed_out = truth(json, "timed_out");
  outcome.truncated = truth(json, "truncated");
  outcome.processes_left =
      static_cast<std::uint32_t>(natural(json, "processes_left", kMostProcesses));
  outcome.wall = nanoseconds(json, "wall_ns");
  outcome.user = nanoseconds(json, "user_ns");
  outcome.system = nanoseconds(json, "system_ns");
  outcome.peak_memory = {natural(json, "peak_memory_bytes")};
}

[[noreturn]] void refuse(const std::string& tried, std::string said, std::string do_next = {}) {
  throw UsageError(tried, std::move(said), std::move(do_next));
}

void require_sendable(const Job& job, const std::string& tried) {
  const auto no_zero = [&](std::string_view text, const char* what) {
    if (text.find('\0') != std::string_view::npos) {
      refuse(tried, fmt::format("{} has a zero byte in it: \"{}\"", what, printable(text)));
    }
  };
  for (const auto& argument : job.argv) no_zero(argument, "an argument");
  for (const auto& [name, value] : job.environment) {
    no_zero(name, "an environment variable's name");
    no_zero(value, "an environment variable");
    if (name.empty() || name.find('=') != std::string::npos) {
      refuse(tried, fmt::format("\"{}\" can't be an environment variable's name", printable(name)));
    }
  }
  no_zero(job.working_directory, "the working directory");
  if (job.time_limit <= Duration::zero()) refuse(tried, "its time limit is not above zero");
}

}  // namespace

std::vector<std::byte> encode_job(const Job& job) {
  if (job.argv.empty() || job.argv.front().empty()) {
    refuse("send a job to its instance", "it names no program");
  }
  const auto tried = fmt::format("send the job {} to its instance", printable(job.argv.front()));
  require_sendable(job, tried);
  std::vector<std::byte> payload;
  for (const auto& argument : job.argv) {
    wire::append_field(payload, JobField::kArgument, argument);
  }
  for (const auto& [name, value] : job.environment) {
    wire::append_field(payload, JobField::kEnvironment, fmt::format("{}={}", name, value));
  }
  if (!job.working_directory.empty()) {
    wire::append_field(payload, JobField::kWorkingDirectory, job.working_directory);
  }
  if (!job.stdin_bytes.empty()) wire::append_field(payload, JobField::kStdin, job.stdin_bytes);
  wire::append_number(payload, JobField::kTimeLimitNs,
                      static_cast<std::uint64_t>(job.time_limit.count()));
  wire::append_number(payload, JobField::kOutputLimitBytes, job.output_limit.count);
  for (const auto cpu : job.cpus) wire::append_number(payload, JobField::kCpu, cpu);
  if (job.on_output) wire::append_field(payload, JobField::kStream, {});
  if (payload.size() > wire::kMaxPayload) {
    refuse(tried, "its arguments, environment and input are more than 1 MiB",
           "pass large input in a file");
  }
  return payload;
}

void read_sample(std::string_view line, std::string_view program, Outcome& outcome) {
  try {
    // It is kept as it came, in files of one line each.
    if (line.find_first_of("\n\r") != std::string_view::npos) {
      throw BadSample{"it is more than one line"};
    }
    const auto json = Json::parse(line, nullptr, false);
    if (!json.is_object()) throw BadSample{"it is no JSON object"};
    read_members(json, program, outcome);
    outcome.sample = line;
  } catch (const BadSample& bad) {
    throw Error(fmt::format("read the agent's sample of {}", printable(program)),
                fmt::format("{}: {}", bad.said, printable(line)),
                "strata and strata-agent are of different builds: build both again");
  }
}

}  // namespace strata::drivers
