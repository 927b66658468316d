#include "drivers/faas/faas_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "drivers/faas/function_job.h"
#include "drivers/job_codec.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/function_event.h"

namespace strata::drivers::faas {
namespace {

constexpr auto kDeleteLimit = std::chrono::seconds(10);
/// The least of several: what an invocation costs when nothing else got in its way.
constexpr int kRoundTrips = 5;
/// Not meant for the agent, so it comes back as it is.
constexpr std::string_view kEchoEvent = "{}";

void add(std::vector<Metric>& metrics, const char* name, std::optional<Duration> time) {
  if (time) {
    metrics.push_back({name, static_cast<double>(time->count()), "ns", Better::kLower});
  }
}

/// What the platform says of an invocation beside what we saw of it. Both times are lengths, so
/// that no clock is held against another.
void add_reported(std::vector<Metric>& metrics, const Invocation& invocation,
                  const std::optional<Report>& start) {
  add(metrics, "invocation_time", invocation.took());
  if (const auto& report = invocation.report) {
    add(metrics, "platform_duration", report->duration);
    add(metrics, "billed_duration", report->billed);
    if (report->duration) {
      add(metrics, "invocation_overhead", invocation.took() - *report->duration);
    }
  }
  if (!start) return;
  add(metrics, "platform_init", start->init);
  add(metrics, "platform_restore", start->restore);
}

}  // namespace

FaasInstance::FaasInstance(std::shared_ptr<LambdaClient> client, const Clock& clock,
                           FunctionSetup setup)
    : client_(std::move(client)), clock_(clock), setup_(std::move(setup)) {}

FaasInstance::~FaasInstance() {
  if (!is_deployed_) return;
  try {
    const auto deadline = Deadline::after(clock_, kDeleteLimit);
    client_->remove(setup_.definition.name, deadline);
    client_->await_removal(setup_.definition.name, deadline);
  } catch (const std::exception&) {
    // Its name has the run's id in it, so that whoever looks finds it.
  }
}

void FaasInstance::begin(const std::string& tried) {
  if (unfinished_) throw Error(tried, "what was asked of this instance before has failed");
  unfinished_ = true;
}

Invocation FaasInstance::invoke(const std::string& tried, std::string payload, Deadline deadline) {
  auto invocation = client_->invoke(setup_.definition.name, std::move(payload), deadline, version_);
  if (invocation.report && invocation.report->memory_used) {
    memory_used_ = std::max(memory_used_.value_or(Bytes{}), *invocation.report->memory_used);
  }
  if (invocation.end == Invocation::End::kGood) return invocation;
  const auto& failure = invocation.failure;
  auto said = failure.said;
  if (!invocation.log.empty())
    said += fmt::format("; its log: {}", printable(invocation.log, 2000));
  if (invocation.timed_out) {
    throw DeadlineExceeded(
        tried, fmt::format("the function did not answer before the deadline: {}", said));
  }
  throw Error(tried, said, failure.do_next);
}

void FaasInstance::require_same_sandbox(std::uint64_t invocation, const std::string& tried) {
  ++invocations_;
  if (invocation == invocations_) return;
  throw Error(tried,
              fmt::format("another sandbox answered: it counts this as its invocation {}, and this "
                          "instance's has had {}",
                          invocation, invocations_),
              "the platform ended the sandbox, or started a second one beside it");
}

void FaasInstance::start(Deadline deadline) {
  const std::string tried = fmt::format("start function {}", setup_.definition.name);
  begin(tried);
  is_deployed_ = true;  // from here on it may be there, whatever comes back
  client_->create(setup_.definition, deadline);
  setup_.definition.zip.clear();
  if (setup_.provisioned > 0) {
    version_ = client_->provision(setup_.definition.name, setup_.provisioned, deadline);
  }
  stamps_.set(Stamp::kRequested, clock_.now());
  const auto hello =
      invoke(tried, fmt::format(R"({{"{}":"{}"}})", wire::kEventKey, wire::kEventHello), deadline);
  stamps_.set(Stamp::kReady, hello.answered);
  require_same_sandbox(invocation_number(hello.payload, tried), tried);
  first_ = hello.report;
  measure_round_trip(deadline);
  unfinished_ = false;
}

void FaasInstance::measure_round_trip(Deadline deadline) {
  const std::string tried = "measure the round trip to the function";
  for (int i = 0; i < kRoundTrips; ++i) {
    const auto echo = invoke(tried, std::string(kEchoEvent), deadline);
    if (echo.payload != kEchoEvent) {
      throw Error(tried,
                  fmt::format("it answered with something else: {}", printable(echo.payload)));
    }
    ++invocations_;
    stamps_.signal_round_trip =
        std::min(stamps_.signal_round_trip.value_or(echo.took()), echo.took());
  }
}

Outcome FaasInstance::run(const Job& job, Deadline deadline) {
  if (job.on_output) {
    throw UsageError(fmt::format("run {} as a function", printable(job.argv.front())),
                     "what a function prints comes with its answer, not as it is printed",
                     "use another target, or do without live output");
  }
  auto sent = job;
  if (sent.cpus.empty()) sent.cpus = setup_.cpus;
  auto event = job_event(sent, setup_.loader);
  const auto tried = fmt::format("run {}", printable(job.argv.front()));
  begin(tried);
  const auto invocation = invoke(tried, std::move(event), deadline);
  if (!stamps_.at(Stamp::kFirstResult)) stamps_.set(Stamp::kFirstResult, invocation.answered);
  try {
    auto answer = read_job_answer(invocation.payload, job);
    require_same_sandbox(answer.invocation, tried);
    add_reported(answer.outcome.reported, invocation, std::exchange(first_, std::nullopt));
    unfinished_ = false;
    return std::move(answer.outcome);
  } catch (const ProgramNotStarted&) {
    ++invocations_;
    unfinished_ = false;
    throw;
  }
}

Usage FaasInstance::usage() {
  Usage usage;
  usage.sandbox.peak_memory = memory_used_;
  return usage;
}

void FaasInstance::stop(Deadline deadline) {
  const auto& name = setup_.definition.name;
  const auto tried = fmt::format("stop function {}", name);
  begin(tried);
  if (!client_->remove(name, deadline)) {
    is_deployed_ = false;
    throw Error(tried, "somebody else has deleted it");
  }
  is_deployed_ = false;
  stamps_.set(Stamp::kStopped, clock_.now());
  client_->await_removal(name, deadline);
  stamps_.set(Stamp::kRemoved, clock_.now());
  unfinished_ = false;
}

}  // namespace strata::drivers::faas
