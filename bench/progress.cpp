#include "bench/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "bench/duration_text.h"

namespace strata::bench {
namespace {

/// A log file that grows by a line a trial is no use to anybody.
constexpr Duration kLogLinesApart = std::chrono::seconds(5);

std::size_t columns_of(std::FILE* stream) {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

}  // namespace

ConsoleProgress::ConsoleProgress(std::FILE* stream, bool is_terminal, const Clock& clock)
    : stream_(stream), is_terminal_(is_terminal), clock_(clock) {}

void ConsoleProgress::clear_line() {
  if (!line_open_) return;
  fmt::print(stream_, "\r\033[K");
  line_open_ = false;
}

void ConsoleProgress::note(const std::string& text) {
  clear_line();
  fmt::print(stream_, "{}\n", text);
  std::fflush(stream_);
}

void ConsoleProgress::trial_begins(const PlannedTrial& trial, std::size_t done, std::size_t planned,
                                   std::optional<Duration> remaining) {
  const auto now = clock_.now();
  if (!is_terminal_ && last_line_ && now - *last_line_ < kLogLinesApart) return;
  last_line_ = now;
  auto text = fmt::format("[{:3}%] trial {} of {}", planned == 0 ? 100 : done * 100 / planned,
                          done + 1, planned);
  if (remaining)
    text += fmt::format(", {} left",
                        format_duration(std::max(*remaining, Duration(std::chrono::seconds(1)))));
  if (failed_ > 0) text += fmt::format(", {} failed", failed_);
  text +=
      fmt::format(": {} on {}{}", trial.workload, trial.target, trial.control ? " (control)" : "");
  if (is_terminal_) {
    text.resize(std::min(text.size(), columns_of(stream_) - 1));
    fmt::print(stream_, "\r{}\033[K", text);
    line_open_ = true;
  } else {
    fmt::print(stream_, "{}\n", text);
  }
  std::fflush(stream_);
}

void ConsoleProgress::trial_ended(const Trial& trial) {
  if (!trial.failure) return;
  ++failed_;
  // The first ones tell what is wrong; the rest are in the result.
  constexpr std::size_t kShown = 3;
  if (failed_ > kShown) return;
  note(
      fmt::format("failed: {} on {}: {}", trial.workload, trial.target, to_string(*trial.failure)));
}

void ConsoleProgress::run_ended() {
  clear_line();
  std::fflush(stream_);
}

}  // namespace strata::bench
