#include "bench/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <array>

namespace strata::bench {
namespace {

volatile sig_atomic_t received_signal = 0;
std::array<struct sigaction, 2> previous_actions;

void on_signal(int number) {
  if (received_signal != 0) {
    constexpr char kText[] =
        "\nstrata: stopped at once; `strata clean` removes what is left, --resume goes on\n";
    const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    static_cast<void>(written);
    ::_exit(130);
  }
  received_signal = number;
  constexpr char kText[] = "\nstrata: finishing the trial in hand; once more to stop at once\n";
  const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
  static_cast<void>(written);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  received_signal = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, &previous_actions[0]);
  ::sigaction(SIGTERM, &action, &previous_actions[1]);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &previous_actions[0], nullptr);
  ::sigaction(SIGTERM, &previous_actions[1], nullptr);
}

int InterruptGuard::received() noexcept { return received_signal; }

}  // namespace strata::bench
