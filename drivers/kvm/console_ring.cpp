#include "drivers/kvm/console_ring.h"

#include <algorithm>
#include <array>
#include <vector>

namespace strata::drivers {
namespace {

/// Whether a line is of a kernel's dump of registers and stack, which says nothing to most readers.
bool is_dump(std::string_view line) {
  if (const auto end = line.find("] "); line.starts_with('[') && end != std::string_view::npos) {
    line.remove_prefix(end + 2);
  }
  constexpr std::array<std::string_view, 14> kBeginnings{
      " <TASK>", " </TASK>", " ?",   "RIP:", "RSP:",  "RAX:",          "RDX:",
      "RBP:",    "R10:",     "R13:", "Code", "CPU: ", "Hardware name", "Call Trace"};
  return line.empty() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return line.starts_with(beginning); }) ||
         (line.starts_with(' ') && line.find("+0x") != std::string_view::npos);
}

}  // namespace

void ConsoleRing::add(std::string_view bytes) {
  // Twice its size before the old half goes, so that a byte costs no more than its copy.
  kept_ += bytes.substr(bytes.size() - std::min(bytes.size(), kCapacity));
  if (kept_.size() > 2 * kCapacity) kept_.erase(0, kept_.size() - kCapacity);
}

std::string ConsoleRing::text() const {
  return kept_.substr(kept_.size() - std::min(kept_.size(), kCapacity));
}

std::string ConsoleRing::last_lines(std::size_t lines, std::size_t bytes) const {
  const auto all = text();
  std::vector<std::string_view> chosen;
  std::string_view rest(all);
  std::size_t size = 0;
  while (!rest.empty() && chosen.size() < lines) {
    const auto begin = rest.find_last_of('\n', rest.size() - 1);
    auto line = begin == std::string_view::npos ? rest : rest.substr(begin + 1);
    rest = begin == std::string_view::npos ? std::string_view() : rest.substr(0, begin);
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (is_dump(line)) continue;
    size += line.size() + 1;
    if (size > bytes) break;
    chosen.push_back(line);
  }
  std::string result;
  for (auto line = chosen.rbegin(); line != chosen.rend(); ++line) {
    if (!result.empty()) result += '\n';
    result += *line;
  }
  return result;
}

}  // namespace strata::drivers
