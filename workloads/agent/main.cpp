// strata-agent: the first user-space code in every instance.
//
// Its first act is to send one byte, whose arrival is the host's stamp `main`. Then it says hello
// and serves jobs until it is told to stop or the host is gone; what it started never outlives it.
//
// Roles: a bare process's child and a container's entry point are the same to it: the host is at
// its standard input and output. What ROOT/strata/agent it was started as tells it where the bundle
// lies. Where AWS_LAMBDA_RUNTIME_API is set it is a function's bootstrap: see function_runtime.h.
// As /init of a virtual machine it first makes one of it in which that holds: see guest.h.

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "workloads/agent/channel.h"
#include "workloads/agent/function_runtime.h"
#include "workloads/agent/guest.h"
#include "workloads/agent/inside.h"
#include "workloads/agent/job.h"
#include "workloads/agent/json_line.h"
#include "workloads/agent/program.h"

namespace strata::agent {
namespace {

#if defined(__x86_64__)
constexpr std::string_view kMachine = "x86_64";
#elif defined(__aarch64__)
constexpr std::string_view kMachine = "aarch64";
#else
#error "strata-agent is built for x86-64 and ARM64"
#endif

constexpr int kFromHost = STDIN_FILENO;
constexpr int kToHost = STDOUT_FILENO;

enum ExitCode : int { kDone = 0, kFaulty = 1, kHostGone = 2 };

std::string environment_or(const char* name, std::string otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) : std::move(otherwise);
}

Surroundings look_around(std::string_view own_name) {
  constexpr std::string_view kPlace = "/strata/agent";
  Surroundings surroundings;
  if (own_name.ends_with(kPlace)) {
    surroundings.root = own_name.substr(0, own_name.size() - kPlace.size());
  }
  surroundings.scratch = environment_or("STRATA_SCRATCH", surroundings.root + "/strata/scratch");
  surroundings.run_id = environment_or("STRATA_RUN_ID", "");
  return surroundings;
}

std::string hello_line(const timespec& first_instruction) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  JsonLine line;
  line.number("protocol", wire::kProtocolVersion);
  line.text("version", STRATA_VERSION);
  line.number("pid", static_cast<std::uint64_t>(::getpid()));
  line.number("first_instruction_ns",
              static_cast<std::uint64_t>(first_instruction.tv_sec) * kSecond +
                  static_cast<std::uint64_t>(first_instruction.tv_nsec));
  line.text("machine", kMachine);
  return line.finish();
}

int fault(Channel& channel, std::string_view text) {
  channel.send(wire::FrameType::kFault, text);
  return kFaulty;
}

/// Runs one job and reports it. kDone: go on.
ExitCode serve_job(Channel& channel, const Job& job) {
  const auto ending = run_program(job, &channel);
  if (ending.host_gone) return kHostGone;
  bool sent = true;
  if (!ending.output.empty()) sent = channel.send(wire::FrameType::kOutput, ending.output);
  if (!ending.error_output.empty()) {
    sent = sent && channel.send(wire::FrameType::kErrorOutput, ending.error_output);
  }
  sent = sent && channel.send(wire::FrameType::kSample, sample_line(ending));
  return sent ? kDone : kHostGone;
}

/// The first byte; then it is `main` for the host.
bool send_first_byte(timespec& first_instruction) {
  if (::write(kToHost, &wire::kFirstByte, 1) != 1) return false;
  ::clock_gettime(CLOCK_MONOTONIC, &first_instruction);
  return true;
}

/// A guest that has been restored begins its conversation anew.
bool begin_anew(Channel& channel, const Frame& frame, Surroundings& surroundings) {
  if (!resume_guest(frame.payload)) return false;
  surroundings.run_id = environment_or("STRATA_RUN_ID", "");
  timespec first_instruction{};
  return send_first_byte(first_instruction) &&
         channel.send(wire::FrameType::kHello, hello_line(first_instruction));
}

int serve(Surroundings surroundings, const timespec& first_instruction) {
  Channel channel(kFromHost, kToHost);
  if (!channel.send(wire::FrameType::kHello, hello_line(first_instruction))) return kHostGone;
  prepare_to_run_programs();
  for (;;) {
    Frame frame;
    switch (channel.next(frame)) {
      case Channel::Status::kEnd:
        return kHostGone;
      case Channel::Status::kBroken:
      case Channel::Status::kNothing:
        return fault(channel, channel.fault());
      case Channel::Status::kFrame:
        break;
    }
    if (frame.type == wire::FrameType::kStop) return kDone;
    if (frame.type == wire::FrameType::kPing) {
      if (!channel.send(wire::FrameType::kPong, frame.payload)) return kHostGone;
      continue;
    }
    if (frame.type == wire::FrameType::kTerminate) continue;  // it crossed the program's end
    if (frame.type == wire::FrameType::kResume && waits_for_resume()) {
      if (!begin_anew(channel, frame, surroundings)) {
        return fault(channel, "the guest could not be resumed; its console says why");
      }
      continue;
    }
    Job job;
    if (frame.type != wire::FrameType::kJob) {
      return fault(channel, "the host sent a frame that only an agent sends");
    }
    if (!parse_job(frame.payload, surroundings, job)) {
      return fault(channel, "the host sent a job that can't be read");
    }
    if (const auto code = serve_job(channel, job); code != kDone) return code;
  }
}

/// As the first process of a virtual machine.
[[noreturn]] void be_init(std::string_view own_name) {
  mark_console();
  timespec first_instruction{};
  if (connect_guest() && send_first_byte(first_instruction) && enter_root() && mount_scratch()) {
    serve(look_around(own_name), first_instruction);
  }
  power_off();
}

int say(std::string_view text) {
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kFaulty : kDone;
}

}  // namespace
}  // namespace strata::agent

int main(int argc, char** argv) {
  using namespace strata::agent;
  timespec first_instruction{};
  if (const char* const api = std::getenv("AWS_LAMBDA_RUNTIME_API"); api != nullptr && argc == 1) {
    ::clock_gettime(CLOCK_MONOTONIC, &first_instruction);
    return serve_function(api, hello_line(first_instruction));
  }
  if (is_guest_init(argv[0])) be_init(argv[0]);
  if (argc == 1) {
    if (!send_first_byte(first_instruction)) return kHostGone;
    return serve(look_around(argv[0]), first_instruction);
  }
  if (argv[1] == std::string_view("--version")) return say("strata-agent " STRATA_VERSION "\n");
  // As a job of its own: what an instance is like inside.
  if (argv[1] == std::string_view("--inside")) {
    return say(describe_inside(environment_or("STRATA_SCRATCH", "/strata/scratch")) + "\n");
  }
  return say(
      "strata-agent is the first program in every instance that Strata starts. It speaks frames on "
      "its\n"
      "standard input and output and is of no use by hand. Options: --inside, --version, --help\n");
}
