#include "bench/program_run.h"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <string.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "bench/duration_text.h"
#include "results/google_benchmark.h"

namespace strata::bench {
namespace {

using Kind = ProgramDefinition::Kind;

std::string last_words(const drivers::Outcome& outcome) {
  constexpr std::size_t kMost = 600;
  const auto& text = outcome.error_output.empty() ? outcome.output : outcome.error_output;
  auto tail = text.substr(text.size() - std::min(text.size(), kMost));
  while (!tail.empty() && (tail.back() == '\n' || tail.back() == '\r')) tail.pop_back();
  return tail;
}

std::string how_it_ended(const drivers::Outcome& outcome, Duration limit) {
  if (outcome.timed_out) return fmt::format("it did not end within {}", format_duration(limit));
  if (!outcome.exited) {
    const char* const name = ::sigabbrev_np(outcome.signal);
    return fmt::format("it was ended by signal {} (SIG{}){}", outcome.signal,
                       name != nullptr ? name : "?",
                       outcome.out_of_memory ? " by the kernel, for want of memory" : "");
  }
  return fmt::format("it exited with code {}", outcome.exit_code);
}

void require_clean_end(const RunDefinition& definition, const WorkloadDefinition& workload,
                       const drivers::Outcome& outcome) {
  const auto tried = fmt::format("run {}", workload.name);
  const bool ended_well =
      outcome.exited && !outcome.timed_out && (outcome.exit_code == 0 || definition.ignore_failure);
  if (!ended_well) {
    auto said = how_it_ended(outcome, definition.trial_timeout);
    if (const auto words = last_words(outcome); !words.empty()) said += "; it said: " + words;
    throw Error(tried, said,
                outcome.timed_out ? "give it longer with --trial-timeout"
                : outcome.exited && definition.programs[workload.program].kind == Kind::kCommand
                    ? "--ignore-failure takes a non-zero exit as a result"
                    : "");
  }
  if (outcome.processes_left > 0) {
    throw Error(
        tried,
        fmt::format("{} processes it started were still running when it ended; they were killed",
                    outcome.processes_left),
        "let the program wait for what it starts: their work is not in its time");
  }
}

Metric nanoseconds(std::string name, Duration duration) {
  return {std::move(name), static_cast<double>(duration.count()), "ns", Better::kLower};
}

std::string sha256_of(const std::string& bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string text;
  for (const auto byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

drivers::Job make_job(const RunDefinition& definition, const WorkloadDefinition& workload,
                      const drivers::Bundle& bundle) {
  drivers::Job job;
  job.argv = bundle.command;
  job.argv.insert(job.argv.end(), workload.arguments.begin(), workload.arguments.end());
  if (definition.programs[workload.program].kind == Kind::kGoogleBenchmark) {
    job.argv.push_back("--benchmark_filter=" + results::exact_filter(workload.benchmark));
    job.argv.emplace_back("--benchmark_format=json");
  }
  job.cpus = definition.cpus;
  job.time_limit = definition.trial_timeout;
  return job;
}

void read_outcome(const RunDefinition& definition, const WorkloadDefinition& workload,
                  const drivers::Outcome& outcome, Trial& trial) {
  trial.sample = outcome.sample;
  trial.metrics.insert(trial.metrics.end(), outcome.reported.begin(), outcome.reported.end());
  const bool is_command = definition.programs[workload.program].kind == Kind::kCommand;
  trial.metrics.push_back(nanoseconds("wall_time", outcome.wall));
  trial.metrics.push_back(nanoseconds("user_time", outcome.user));
  trial.metrics.push_back(nanoseconds("system_time", outcome.system));
  trial.metrics.push_back(
      {"peak_memory", static_cast<double>(outcome.peak_memory.count), "B", Better::kLower});
  if (is_command) {
    trial.metrics.push_back(nanoseconds("real_time", outcome.wall));
    trial.metrics.push_back(nanoseconds("cpu_time", outcome.user + outcome.system));
    if (outcome.exited) {
      trial.metrics.push_back(
          {"exit_code", static_cast<double>(outcome.exit_code), "", Better::kLower});
    }
    // Cut-off output is no failure of a command, but its digest would depend on where it was cut.
    if (!outcome.truncated) trial.checksum = sha256_of(outcome.output);
  }
  require_clean_end(definition, workload, outcome);
  if (is_command) return;
  if (outcome.truncated) {
    throw Error(
        fmt::format("run {}", workload.name),
        fmt::format("it printed more than {} MiB", drivers::Job{}.output_limit.count >> 20U),
        "a benchmark program prints its JSON on stdout and little else");
  }
  auto output = results::parse_benchmark_output(outcome.output, workload.benchmark);
  trial.checksum = std::move(output.checksum);
  for (auto& metric : output.metrics) {
    // What we measured ourselves keeps its name; a counter of the same name must not replace it.
    if (trial.metric(metric.name) != nullptr) metric.name = "counter_" + metric.name;
    trial.metrics.push_back(std::move(metric));
  }
}

void add_usage(const drivers::Usage& usage, Trial& trial) {
  const auto add = [&](const char* side, const drivers::SideUsage& used) {
    if (used.cpu) trial.metrics.push_back(nanoseconds(fmt::format("{}_cpu", side), *used.cpu));
    if (used.memory) {
      trial.metrics.push_back({fmt::format("{}_memory", side),
                               static_cast<double>(used.memory->count), "B", Better::kLower});
    }
    if (used.peak_memory) {
      trial.metrics.push_back({fmt::format("{}_peak_memory", side),
                               static_cast<double>(used.peak_memory->count), "B", Better::kLower});
    }
  };
  add("sandbox", usage.sandbox);
  add("supervisors", usage.supervisors);
  for (const auto& [part, cpu] : usage.supervisors_cpu) {
    trial.metrics.push_back(nanoseconds(fmt::format("supervisors_{}_cpu", part), cpu));
  }
  add("daemons", usage.daemons);
  if (usage.reported_start) {
    trial.metrics.push_back(nanoseconds("reported_start", *usage.reported_start));
  }
}

std::string capture_output(drivers::Driver& driver, const drivers::Prepared& prepared,
                           const drivers::Job& job, const Clock& clock) {
  constexpr auto kStartAndStop = std::chrono::seconds(30);
  const auto instance = driver.start(prepared, {}, Deadline::after(clock, kStartAndStop));
  const auto outcome = instance->run(job, Deadline::after(clock, job.time_limit + kStartAndStop));
  instance->stop(Deadline::after(clock, kStartAndStop));
  if (!outcome.succeeded() || outcome.truncated) {
    auto said = outcome.truncated ? "it printed too much" : how_it_ended(outcome, job.time_limit);
    if (const auto words = last_words(outcome); !words.empty()) said += "; it said: " + words;
    throw Error(fmt::format("run {}", fmt::join(job.argv, " ")), said,
                "is it a Google Benchmark program?");
  }
  return outcome.output;
}

std::vector<WorkloadDescription> parse_descriptions(const std::string& text) {
  std::vector<WorkloadDescription> descriptions;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) try {
      const auto json = nlohmann::json::parse(line);
      WorkloadDescription description;
      json.at("name").get_to(description.name);
      json.at("benchmark").get_to(description.benchmark);
      json.at("group").get_to(description.group);
      json.at("summary").get_to(description.summary);
      json.at("metric").get_to(description.metric);
      json.at("unit").get_to(description.unit);
      description.better = json.at("better") == "higher" ? Better::kHigher : Better::kLower;
      json.at("seconds").get_to(description.seconds);
      json.at("needs").get_to(description.needs);
      description.inside = json.value("inside", "");
      descriptions.push_back(std::move(description));
    } catch (const nlohmann::json::exception& error) {
      throw Error("read what strata-workloads says of its workloads",
                  fmt::format("line {}: {}", descriptions.size() + 1, error.what()),
                  "strata and strata-workloads are of different builds: build both again");
    }
  return descriptions;
}

}  // namespace strata::bench
