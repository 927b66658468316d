#include "drivers/testing/parsers_fuzz.h"

#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "drivers/agent_connection.h"
#include "drivers/elf_file.h"
#include "drivers/faas/function_job.h"
#include "drivers/faas/report_line.h"
#include "drivers/job_codec.h"
#include "drivers/kvm/kernel_modules.h"
#include "drivers/kvm/qmp_client.h"
#include "drivers/ld_cache.h"
#include "drivers/process_scan.h"
#include "drivers/script.h"
#include "drivers/testing/scripted_agent.h"
#include "drivers/testing/scripted_stream.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::testing {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_name(const std::string& text, std::size_t longest) {
  return text.size() <= longest && text.find('\0') == std::string::npos;
}

void parse_as_elf(std::string_view bytes) {
  constexpr std::size_t kLongestName = 4096;
  try {
    const auto file = parse_elf(std::as_bytes(std::span(bytes)), "fuzz");
    require(file.needed.size() <= 4096);
    for (const auto& name : file.needed) require(is_name(name, kLongestName));
    for (const auto* const name : {&file.soname, &file.interpreter}) {
      require(is_name(*name, kLongestName));
    }
    require(!file.has_runpath || file.rpath.empty());
    for (const auto* const folders : {&file.rpath, &file.runpath}) {
      for (const auto& folder : *folders) require(!folder.empty());
    }
  } catch (const UsageError& error) {
    require(!error.failure().said.empty());
  }
}

void parse_as_ld_cache(std::string_view bytes) {
  for (const auto machine : {EM_X86_64, EM_AARCH64}) {
    const auto cache =
        parse_ld_cache(std::as_bytes(std::span(bytes)), static_cast<std::uint16_t>(machine));
    for (const auto& [name, path] : cache) {
      require(path.is_absolute());
      require(bytes.find(path.native()) != std::string_view::npos);
      require(bytes.find(name) != std::string_view::npos);
    }
  }
}

void check_outcome(const Outcome& outcome) {
  require(outcome.exited == (outcome.signal == 0));
  require(outcome.exit_code >= 0 && outcome.exit_code <= 255);
  require(outcome.wall >= Duration::zero() && outcome.user >= Duration::zero() &&
          outcome.system >= Duration::zero());
  require(outcome.sample.find('\n') == std::string::npos);
}

void parse_as_sample(std::string_view bytes) {
  Outcome outcome;
  try {
    read_sample(bytes, "fuzz", outcome);
    check_outcome(outcome);
  } catch (const Error& error) {
    require(outcome.sample.empty());
    require(error.failure().said.size() < 2000);
  }
}

void hold_conversation(std::string_view bytes) {
  ManualClock clock;
  ScriptedAgent agent(clock);
  agent.say(std::string(bytes));
  agent.end();
  Stamps stamps;
  AgentConnection connection(agent, stamps);
  const auto deadline = Deadline::after(clock, std::chrono::seconds(1));
  Job job;
  job.argv = {"fuzz"};
  job.output_limit = {1000};
  try {
    connection.await_hello(deadline);
    require(stamps.at(Stamp::kReady).has_value());
    const auto outcome = connection.run(job, deadline);
    check_outcome(outcome);
    require(outcome.output.size() <= 1000 && outcome.error_output.size() <= 1000);
    connection.stop(deadline);
  } catch (const Error& error) {
    // It goes into the journal: one line, nothing a terminal could stumble over.
    require(!error.failure().said.empty());
    require(std::none_of(error.failure().said.begin(), error.failure().said.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
}

void parse_as_script(std::string_view bytes) {
  try {
    const auto interpreter = parse_script_line(bytes, "fuzz");
    require(interpreter.has_value() == bytes.starts_with("#!"));
    if (!interpreter) return;
    require(!interpreter->name.empty() && is_name(interpreter->name, kScriptLineLimit));
    for (const auto& argument : interpreter->arguments) {
      require(!argument.empty() && is_name(argument, kScriptLineLimit));
    }
  } catch (const UsageError& error) {
    require(!error.failure().said.empty());
  }
}

void parse_as_process_stat(std::string_view bytes) {
  const auto process = parse_process_stat(bytes);
  if (process) require(bytes.find(process->name) != std::string_view::npos);
}

void parse_as_report_line(std::string_view bytes) {
  const auto report = faas::report_in(bytes);
  if (!report) return;
  require(bytes.find("REPORT RequestId: ") != std::string_view::npos);
  for (const auto& time : {report->duration, report->billed, report->init, report->restore}) {
    require(!time || *time >= Duration::zero());
  }
}

void parse_as_modules_dep(std::string_view bytes) {
  const auto dependencies = parse_module_dependencies(bytes);
  std::vector<std::string> names;
  for (const auto& [path, needed] : dependencies) names.push_back(module_name(path));
  try {
    const auto order = in_loading_order(dependencies, names);
    require(order.size() <= dependencies.size());
    for (const auto& path : order) require(path.front() != '/' && dependencies.contains(path));
  } catch (const Error& error) {
    require(!error.failure().said.empty());
  }
}

void talk_to_monitor(std::string_view bytes) {
  ManualClock clock;
  ScriptedStream stream(clock);
  stream.say(std::string(bytes));
  stream.end();
  QmpClient monitor(stream);
  const auto deadline = Deadline::after(clock, std::chrono::seconds(1));
  try {
    monitor.greet(deadline);
    monitor.execute("cont", {}, deadline);
  } catch (const Error& error) {
    require(!error.failure().said.empty());
  }
  describe_end(monitor.take_events(deadline, true));
}

void parse_as_user_network(std::string_view bytes) {
  const auto port = forwarded_port_in(std::string(bytes), 7411);
  require(!port || *port > 0);
}

void parse_as_job_answer(std::string_view bytes) {
  Job job;
  job.argv = {"fuzz"};
  job.output_limit = {1000};
  try {
    const auto answer = faas::read_job_answer(bytes, job);
    check_outcome(answer.outcome);
    require(answer.invocation > 0);
    require(answer.outcome.output.size() <= 1000 && answer.outcome.error_output.size() <= 1000);
  } catch (const Error& error) {
    require(!error.failure().said.empty() && error.failure().said.size() < 3000);
  }
}

}  // namespace
}  // namespace strata::drivers::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata::drivers::testing;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (static_cast<Parser>(data[0] % kParserCount)) {
    case Parser::kElf:
      parse_as_elf(bytes);
      break;
    case Parser::kLdCache:
      parse_as_ld_cache(bytes);
      break;
    case Parser::kSample:
      parse_as_sample(bytes);
      break;
    case Parser::kConversation:
      hold_conversation(bytes);
      break;
    case Parser::kScript:
      parse_as_script(bytes);
      break;
    case Parser::kProcessStat:
      parse_as_process_stat(bytes);
      break;
    case Parser::kReportLine:
      parse_as_report_line(bytes);
      break;
    case Parser::kModulesDep:
      parse_as_modules_dep(bytes);
      break;
    case Parser::kMonitor:
      talk_to_monitor(bytes);
      break;
    case Parser::kUserNetwork:
      parse_as_user_network(bytes);
      break;
    case Parser::kJobAnswer:
      parse_as_job_answer(bytes);
      break;
  }
  return 0;
}
