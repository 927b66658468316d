#include "drivers/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Parts a text behind its first word.
std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  const auto end = std::min(text.find_first_of(kBlanks), text.size());
  return {text.substr(0, end), trimmed(text.substr(end))};
}

/// What "env ARGUMENT" would run.
Interpreter behind_env(std::string_view argument, const std::string& tried) {
  constexpr std::string_view kSplit = "-S";
  if (!argument.starts_with(kSplit)) {
    if (argument.find_first_of(" \t=") == std::string_view::npos && !argument.starts_with('-')) {
      return {std::string(argument), {}};
    }
    throw UsageError(tried,
                     fmt::format("its #! line gives env \"{}\" as one word", printable(argument)),
                     "write \"env -S NAME ARGUMENTS\"");
  }
  argument.remove_prefix(kSplit.size());
  std::istringstream text{std::string(argument)};
  const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  const bool is_plain = std::none_of(words.begin(), words.end(), [](const std::string& word) {
    return word.find_first_of("\"'\\$#") != std::string::npos;
  });
  const bool names_program =
      !words.empty() && words[0].find('=') == std::string::npos && !words[0].starts_with('-');
  if (!is_plain || !names_program) {
    throw UsageError(tried,
                     fmt::format("its #! line asks env for \"{}\"", printable(trimmed(argument))),
                     "name the program and plain arguments behind env -S");
  }
  return {words[0], {words.begin() + 1, words.end()}};
}

}  // namespace

std::optional<Interpreter> parse_script_line(std::string_view beginning, const std::string& path) {
  constexpr std::string_view kMark = "#!";
  if (!beginning.starts_with(kMark)) return std::nullopt;
  const auto tried = fmt::format("use script {}", path);
  beginning = beginning.substr(0, kScriptLineLimit);
  const auto end = beginning.find('\n');
  if (end == std::string_view::npos && beginning.size() == kScriptLineLimit) {
    throw UsageError(tried, "its #! line is longer than the 256 bytes a kernel reads");
  }
  const auto line = beginning.substr(kMark.size(), end - kMark.size());
  if (line.ends_with('\r')) {
    throw UsageError(tried, "its first line ends with a carriage return",
                     fmt::format("sed -i 's/\\r$//' {}", path));
  }
  if (line.find('\0') != std::string_view::npos) {
    throw UsageError(tried, "its #! line has a zero byte in it");
  }
  const auto [name, rest] = first_word(trimmed(line));
  if (name.empty()) throw UsageError(tried, "its #! line names no interpreter");
  if (name == "env" || name.ends_with("/env")) {
    if (rest.empty()) throw UsageError(tried, "its #! line names nothing behind env");
    return behind_env(rest, tried);
  }
  if (rest.empty()) return Interpreter{std::string(name), {}};
  return Interpreter{std::string(name), {std::string(rest)}};
}

}  // namespace strata::drivers
