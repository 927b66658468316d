#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "bench/commands/command.h"
#include "bench/workbench.h"
#include "drivers/faas/emulator.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::bench {
namespace {

namespace faas = drivers::faas;

struct Choice {
  faas::EmulatorOptions emulator;
  std::string target = "process";
  std::string data;
  std::string log;
  bool require_auth = false;
  double queue_s = 0;
  double idle_s = 600;
  double retry_s = 60;
  double grace_s = 2;
};

int signal_event = -1;

void on_signal(int /*number*/) {
  static volatile sig_atomic_t came = 0;
  if (came != 0) ::_exit(kExitInterrupted);
  came = 1;
  ::eventfd_write(signal_event, 1);
}

/// Calls stop() at the first SIGINT or SIGTERM; the second ends the program at once.
class StopAtSignal {
 public:
  explicit StopAtSignal(faas::Emulator& emulator) : event_(::eventfd(0, EFD_CLOEXEC)) {
    signal_event = event_.get();
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    thread_ = std::jthread([this, &emulator] {
      eventfd_t value = 0;
      while (::eventfd_read(event_.get(), &value) != 0) {
      }
      emulator.stop();
    });
  }
  ~StopAtSignal() { ::eventfd_write(event_.get(), 1); }
  StopAtSignal(const StopAtSignal&) = delete;
  StopAtSignal& operator=(const StopAtSignal&) = delete;

 private:
  UniqueFd event_;
  std::jthread thread_;
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

int serve(const Choice& choice) {
  const Workbench workbench(monotonic_clock());
  const auto target = find_target(choice.target, {});
  if (target.driver == "faas") {
    throw UsageError("serve functions", "a function can't be the sandbox of another",
                     "use a target of processes, containers or virtual machines");
  }
  auto options = choice.emulator;
  options.make_driver = [&] { return drivers::make_driver(target, workbench.context()); };
  options.agent = workbench.context().agent;
  options.data_directory = choice.data.empty() ? workbench.context().private_directory / "faas"
                                               : std::filesystem::path(choice.data);
  options.log_file = choice.log;
  options.queue_limit = seconds(choice.queue_s);
  options.idle_limit = seconds(choice.idle_s);
  options.event_retry_delay = seconds(choice.retry_s);
  options.stop_grace = seconds(choice.grace_s);
  if (choice.require_auth) {
    options.credentials =
        faas::Credentials{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")};
  }
  faas::Emulator emulator(options);
  const StopAtSignal stop_at_signal(emulator);
  fmt::print("functions run as {}; --endpoint-url {} --region {}\n", target.name,
             emulator.endpoint(), options.region);
  std::fflush(stdout);
  emulator.run();
  return kExitDone;
}

}  // namespace

Command add_faas_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand("faas", "A local function platform");
  command->require_subcommand(1);
  auto* const served = command->add_subcommand(
      "serve", "Speak AWS Lambda's protocols and run functions in sandboxes of a target");
  const auto choice = std::make_shared<Choice>();
  served->add_option("--target", choice->target, "What sandboxes are: see strata list")
      ->capture_default_str();
  served->add_option("--port", choice->emulator.port, "0: any that is free")->capture_default_str();
  served->add_option("--address", choice->emulator.address, "A numeric address")
      ->capture_default_str();
  served->add_option("--data", choice->data,
                     "Directory for functions and queued events; without it they end with the "
                     "emulator");
  served
      ->add_option("--concurrency", choice->emulator.concurrency,
                   "Sandboxes that work at the same time; beyond, 429")
      ->capture_default_str();
  served
      ->add_option("--queue", choice->queue_s,
                   "Seconds that an invocation waits at the limit before it gets 429")
      ->check(CLI::NonNegativeNumber);
  served->add_option("--idle", choice->idle_s, "Seconds after which an idle sandbox ends")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  served
      ->add_option("--retry", choice->retry_s,
                   "Seconds until an event whose function failed is tried again")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  served
      ->add_option("--grace", choice->grace_s,
                   "Seconds from SIGTERM to the end by force, of sandboxes and of this")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  served->add_option("--region", choice->emulator.region)->capture_default_str();
  served->add_option("--account", choice->emulator.account)->capture_default_str();
  served->add_option("--loops", choice->emulator.event_loops, "Threads that serve; 0: one a core");
  served->add_option("--log", choice->log, "File for what functions print and their REPORT lines");
  served->add_flag("--require-auth", choice->require_auth,
                   "Only serve requests signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  served->footer("stops at SIGINT or SIGTERM, when invocations in hand have ended");
  return {command, [choice] { return serve(*choice); }};
}

}  // namespace strata::bench
