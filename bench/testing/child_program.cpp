// A program for tests that does what its first argument says, so that no test needs a shell.

#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void print_much(std::size_t bytes) {
  std::array<char, 65536> block;
  block.fill('x');
  while (bytes > 0) {
    const auto size = bytes < block.size() ? bytes : block.size();
    const auto written = ::write(STDOUT_FILENO, block.data(), size);
    if (written <= 0) return;
    bytes -= static_cast<std::size_t>(written);
  }
}

/// A process in a session of its own that outlives its parent.
void leave_a_child() {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "exit") return std::atoi(argv[2]);
  if (what == "print") std::printf("%s\n", argv[2]);
  if (what == "print-much") print_much(std::strtoull(argv[2], nullptr, 10));
  if (what == "complain") std::fprintf(stderr, "%s\n", argv[2]);
  if (what == "signal") ::raise(std::atoi(argv[2]));
  if (what == "hang") {
    for (;;) ::pause();
  }
  if (what == "leave-a-child") leave_a_child();
  if (what == "environment") {
    const char* const value = std::getenv(argv[2]);
    std::printf("%s\n", value == nullptr ? "(not set)" : value);
  }
  if (what == "copy") {
    std::array<char, 4096> block;
    for (ssize_t count = 0; (count = ::read(STDIN_FILENO, block.data(), block.size())) > 0;) {
      if (::write(STDOUT_FILENO, block.data(), static_cast<std::size_t>(count)) != count) return 1;
    }
  }
  if (what == "complain") return 3;
  return 0;
}
