#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include "bench/commands/command.h"
#include "bench/workbench.h"
#include "results/capture.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using Json = nlohmann::json;

constexpr auto kProbeLimit = std::chrono::seconds(60);

drivers::Availability probe(const Target& target, const Workbench& workbench) {
  try {
    return drivers::make_driver(target, workbench.context())
        ->probe(Deadline::after(workbench.clock(), kProbeLimit));
  } catch (const Error& error) {
    return error.failure();
  }
}

/// `text` in lines that end before column 100 where its words allow it, all but the first indented.
std::string wrapped(const std::string& text, std::size_t indent) {
  constexpr std::size_t kWidth = 100;
  std::string lines;
  auto column = indent;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (at > 0 && column + end - at >= kWidth) {
      lines.back() = '\n';
      lines.append(indent, ' ');
      column = indent;
    }
    lines += text.substr(at, end + 1 - at);
    column += end + 1 - at;
    at = end + 1;
  }
  return lines;
}

void print_target(const Target& target, const drivers::Availability& availability) {
  if (const auto* const why = std::get_if<drivers::Unavailable>(&availability)) {
    fmt::print("  no   {:<16} {}\n", target.name,
               why->tried.empty() ? why->said : fmt::format("{}: {}", why->tried, why->said));
    if (!why->do_next.empty()) fmt::print("       {:<16} -> {}\n", "", why->do_next);
    return;
  }
  std::string facts;
  for (const auto& [name, value] : std::get<drivers::Ready>(availability).facts) {
    facts += fmt::format("{}{}={}", facts.empty() ? "" : ", ", name, value);
  }
  fmt::print("  yes  {:<16} {}\n", target.name, wrapped(facts, 24));
}

Json to_json(const Target& target, const drivers::Availability& availability) {
  Json json{{"target", target.name}, {"driver", target.driver}, {"options", target.options}};
  if (const auto* const why = std::get_if<drivers::Unavailable>(&availability)) {
    json["ready"] = false;
    json["tried"] = why->tried;
    json["said"] = why->said;
    json["do_next"] = why->do_next;
  } else {
    json["ready"] = true;
    json["facts"] = std::get<drivers::Ready>(availability).facts;
  }
  return json;
}

int doctor(bool as_json) {
  const Workbench workbench(monotonic_clock());
  Json json{{"targets", Json::array()}, {"disturbances", Json::array()}};
  bool baseline_ready = true;
  if (!as_json) fmt::print("What can run here (each was tried):\n");
  for (const auto& target : shipped_targets()) {
    const auto availability = probe(target, workbench);
    const bool ready = std::holds_alternative<drivers::Ready>(availability);
    if (target.name == "process") baseline_ready = ready;
    if (as_json) {
      json["targets"].push_back(to_json(target, availability));
    } else {
      print_target(target, availability);
      std::fflush(stdout);
    }
  }
  const auto environment = results::capture_environment(workbench.context().private_directory);
  const auto disturbances = results::find_disturbances(environment);
  for (const auto& one : disturbances) {
    const bool warning = one.severity == Disturbance::Severity::kWarning;
    json["disturbances"].push_back({{"severity", warning ? "warning" : "note"},
                                    {"what", one.what},
                                    {"meaning", one.meaning},
                                    {"remedy", one.remedy}});
  }
  if (as_json) {
    json["environment"] = environment.facts;
    json["environment_class"] = environment.environment_class;
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("\nWhat disturbs measurements here:\n");
    if (disturbances.empty()) fmt::print("  nothing that was found\n");
    for (const auto& one : disturbances) {
      const bool warning = one.severity == Disturbance::Severity::kWarning;
      const bool colour = warning && wants_colour(STDOUT_FILENO);
      fmt::print("  {}{:<7}{}  {}: {}\n", colour ? "\033[33m" : "", warning ? "warning" : "note",
                 colour ? "\033[0m" : "", one.what, one.meaning);
      if (!one.remedy.empty()) fmt::print("           -> {}\n", one.remedy);
    }
  }
  return baseline_ready ? kExitDone : kExitFailed;
}

}  // namespace

Command add_doctor_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "doctor", "Say what can run here, proved by doing it, and what disturbs measurements");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print JSON");
  command->footer("exit code: 0 the baseline can run, 1 it can't");
  return {command, [json] { return doctor(*json); }};
}

}  // namespace strata::bench
