#include "bench/commands/command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace strata::bench {
namespace {

std::string quoted_for_shell(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,=:+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

}  // namespace

CommandLine split_command_line(int argc, char** argv) {
  CommandLine line;
  const std::vector<std::string> words(argv, argv + argc);
  for (const auto& word : words) {
    if (!line.quoted.empty()) line.quoted += ' ';
    line.quoted += quoted_for_shell(word);
  }
  const auto separator = std::find(words.begin(), words.end(), "--");
  if (!words.empty()) line.own.assign(words.begin() + 1, std::max(words.begin() + 1, separator));
  if (separator != words.end()) {
    line.has_separator = true;
    line.behind.assign(separator + 1, words.end());
  }
  return line;
}

bool wants_colour(int fd) {
  const char* const no_colour = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace strata::bench
