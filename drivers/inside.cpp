#include "drivers/inside.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// Without the folders of an overlay, which are others for each instance.
std::string without_folders(const std::string& options) {
  std::string kept;
  std::istringstream parts(options);
  for (std::string part; std::getline(parts, part, ',');) {
    if (part.starts_with("lowerdir=") || part.starts_with("upperdir=") ||
        part.starts_with("workdir=")) {
      continue;
    }
    kept += (kept.empty() ? "" : ",") + part;
  }
  return kept;
}

/// proc(5): "36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/root rw,errors=continue", where any
/// number of fields may stand before the dash.
void read_mount(const std::string& line, Inside& inside) {
  std::istringstream words(line);
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  constexpr std::size_t kOptions = 5;
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (fields.end() - dash < 4 || dash - fields.begin() <= static_cast<std::ptrdiff_t>(kOptions)) {
    return;
  }
  inside.file_system = printable(dash[1]);
  inside.device = printable(dash[2]);
  inside.mount_options = printable(fields[kOptions] + ";" + without_folders(dash[3]));
}

/// "max" and what is as good as that are no limit.
std::optional<Bytes> memory_limit(const Json& json) {
  auto text = text_of(json, "memory.max");
  if (text.empty()) text = text_of(json, "memory.limit_in_bytes");
  const auto limit = number<std::uint64_t>(text);
  constexpr std::uint64_t kUnlimited = 1ULL << 60U;
  return limit && *limit < kUnlimited ? std::optional(Bytes{*limit}) : std::nullopt;
}

std::optional<double> cpu_limit(const Json& json) {
  auto quota = text_of(json, "cpu.cfs_quota_us");
  auto period = text_of(json, "cpu.cfs_period_us");
  if (const auto both = text_of(json, "cpu.max"); !both.empty()) {
    const auto space = std::min(both.find(' '), both.size());
    quota = both.substr(0, space);
    period = both.substr(std::min(space + 1, both.size()));
  }
  const auto of = number<std::int64_t>(quota);
  const auto in = number<std::int64_t>(period);
  if (!of || !in || *of <= 0 || *in <= 0) return std::nullopt;
  return static_cast<double>(*of) / static_cast<double>(*in);
}

std::string seccomp_mode(const std::string& number) {
  return number == "0" ? "off" : number == "1" ? "strict" : number == "2" ? "filter" : "";
}

std::string truth(const std::string& number) {
  return number == "0" ? "false" : number == "1" ? "true" : "";
}

}  // namespace

Inside parse_inside(std::string_view line) {
  Inside inside;
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return inside;
  read_mount(text_of(json, "mount"), inside);
  std::istringstream cpus(text_of(json, "cpus"));
  for (std::string cpu; std::getline(cpus, cpu, ',');) {
    if (const auto one = number<std::uint32_t>(cpu)) inside.cpu_set.push_back(*one);
  }
  inside.cpus = cpu_limit(json);
  inside.memory = memory_limit(json);
  inside.processes = number<std::uint64_t>(text_of(json, "pids.max"));
  if (const auto total = json.find("memory_total");
      total != json.end() && total->is_number_unsigned()) {
    inside.memory_total = Bytes{total->get<std::uint64_t>()};
  }
  inside.seccomp = seccomp_mode(text_of(json, "seccomp"));
  inside.no_new_privileges = truth(text_of(json, "no_new_privileges"));
  inside.capabilities = printable(text_of(json, "capabilities"));
  return inside;
}

Inside look_inside(Instance& instance, Deadline deadline) {
  Job job;
  job.argv = {"bundle:/strata/agent", "--inside"};
  job.working_directory = "/";
  const auto outcome = instance.run(job, deadline);
  if (!outcome.succeeded()) {
    throw Error("look at an instance from inside",
                fmt::format("the agent ended with code {}: {}", outcome.exit_code,
                            printable(outcome.error_output)));
  }
  return parse_inside(outcome.output);
}

std::map<std::string, std::string> facts_of(const Inside& inside) {
  std::map<std::string, std::string> facts{
      {"scratch.file_system", inside.file_system},
      {"scratch.device", inside.device},
      {"scratch.mount_options", inside.mount_options},
      {"inside.seccomp", inside.seccomp},
      {"inside.no_new_privileges", inside.no_new_privileges},
      {"inside.capabilities", inside.capabilities},
      {"inside.cpu_set", fmt::format("{}", fmt::join(inside.cpu_set, ","))}};
  if (inside.cpus) facts["inside.cpus"] = fmt::format("{:.3g}", *inside.cpus);
  if (inside.memory) facts["inside.memory"] = fmt::format("{} B", inside.memory->count);
  if (inside.processes) facts["inside.processes"] = fmt::format("{}", *inside.processes);
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return facts;
}

void require_limits(const Inside& inside, const Limits& limits, const std::string& tried) {
  const auto fail = [&](const std::string& what, const std::string& wanted,
                        const std::string& found) {
    throw Error(tried, fmt::format("{} inside is {}, though {} was asked for", what, found, wanted),
                "the kernel or the runtime does not keep that limit: leave it out");
  };
  constexpr double kNear = 0.01;
  if (limits.cpus && inside.cpus && std::abs(*inside.cpus - *limits.cpus) > kNear * *limits.cpus) {
    fail("CPU time", fmt::format("{}", *limits.cpus), fmt::format("{}", *inside.cpus));
  }
  if (!limits.cpu_set.empty() && !inside.cpu_set.empty()) {
    auto wanted = limits.cpu_set;
    std::sort(wanted.begin(), wanted.end());
    if (wanted != inside.cpu_set) {
      fail("the CPU set", fmt::format("{}", fmt::join(wanted, ",")),
           fmt::format("{}", fmt::join(inside.cpu_set, ",")));
    }
  }
  // The kernel counts in pages.
  constexpr std::uint64_t kPage = 65536;
  if (limits.memory && inside.memory &&
      std::max(*inside.memory, *limits.memory).count -
              std::min(*inside.memory, *limits.memory).count >=
          kPage) {
    fail("memory", fmt::format("{} B", limits.memory->count),
         fmt::format("{} B", inside.memory->count));
  }
  if (limits.processes && inside.processes && *limits.processes != *inside.processes) {
    fail("the number of processes", fmt::format("{}", *limits.processes),
         fmt::format("{}", *inside.processes));
  }
}

}  // namespace strata::drivers
