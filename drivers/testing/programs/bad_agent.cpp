// Agents that are none. STRATA_BAD_AGENT says how they misbehave: 'f' prints an error and fails,
// 'b' says something that is no frame, 'h' says nothing and hangs, whatever becomes of its host.

#include <signal.h>
#include <string.h>
#include <unistd.h>

namespace {

void say(int fd, const char* text) {
  if (::write(fd, text, ::strlen(text)) < 0) ::_exit(1);
}

}  // namespace

int main() {
  switch (STRATA_BAD_AGENT) {
    case 'f':
      say(STDERR_FILENO, "no such luck\n");
      return 7;
    case 'b':
      say(STDOUT_FILENO, "good morning\n");
      break;
    default:
      break;
  }
  for (;;) ::pause();
}
