#include "drivers/process/process_instance.h"

#include <fmt/format.h>

#include <chrono>
#include <exception>

#include "drivers/process_scan.h"
#include "drivers/process_usage.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// How long an agent may take to notice that its host is gone, and what is killed to be gone.
constexpr auto kEndOfItsOwn = std::chrono::seconds(2);

Deadline soon() { return Deadline::after(monotonic_clock(), kEndOfItsOwn); }

}  // namespace

ProcessInstance::ProcessInstance(const ProcessSetup& setup, TimePoint requested, const Clock& clock)
    : ProcessInstance(setup, requested, clock, ChildEnds()) {}

ProcessInstance::ProcessInstance(const ProcessSetup& setup, TimePoint requested, const Clock& clock,
                                 ChildEnds ends)
    : clock_(clock),
      scratch_(setup.scratch),
      agent_({.program = setup.root + "/strata/agent",
              .environment = {"STRATA_RUN_ID=" + setup.run_id,
                              "STRATA_SCRATCH=" + setup.scratch.string()},
              .descriptors = {ends.theirs.get(), ends.theirs.get(), ends.side.get()},
              .cpus = setup.cpus}),
      stream_(std::move(ends.ours), std::move(ends.side)) {
  stamps_.set(Stamp::kRequested, requested);
  stamps_.set(Stamp::kCreated, clock_.now());
}

ProcessInstance::~ProcessInstance() {
  if (agent_.is_reaped()) return;
  try {
    reclaim();
  } catch (const std::exception&) {
    // The members' destructors do what can still be done; `strata clean` finds the rest by run id.
  }
}

void ProcessInstance::await_hello(Deadline deadline) try {
  connection_.await_hello(deadline);
} catch (const Error& error) {
  explain(error);
}

Outcome ProcessInstance::run(const Job& job, Deadline deadline) try {
  return connection_.run(job, deadline);
} catch (const Error& error) {
  explain(error);
}

Usage ProcessInstance::usage() {
  Usage usage;
  if (!agent_.is_reaped()) usage.sandbox = usage_of_process(agent_.pid());
  return usage;
}

void ProcessInstance::stop(Deadline deadline) try {
  connection_.stop(deadline);
  const auto end = agent_.wait(deadline);
  if (!end) {
    throw DeadlineExceeded("stop the agent", "it closed its stream and did not exit");
  }
  agent_.reap();
  if (!end->exited || end->number != 0) throw Error("stop the agent", describe(*end));
  scratch_.remove();
  stamps_.set(Stamp::kRemoved, clock_.now());
} catch (const Error& error) {
  explain(error);
}

void ProcessInstance::explain(const Error& error) const {
  // Its stream ends a moment before it does.
  const auto end = stream_.has_ended() && !agent_.is_reaped() ? agent_.wait(soon()) : std::nullopt;
  if (!end) throw;
  throw Error(error.failure().tried, fmt::format("{}; {}", error.failure().said, describe(*end)),
              error.failure().do_next);
}

void ProcessInstance::reclaim() {
  stream_.close();  // the agent kills what it started, and ends
  if (!agent_.wait(soon())) {
    kill_processes(
        [&](const std::vector<FoundProcess>& all) { return descendants_of(agent_.pid(), all); },
        soon());
    agent_.kill();
    if (!agent_.wait(soon())) return;
  }
  // An agent that was killed could not do so. What it started has its session (whose number is
  // nobody else's, since the agent has not been reaped) or its scratch folder's name.
  kill_processes(
      [&](std::vector<FoundProcess> all) {
        std::erase_if(all, [&](const FoundProcess& one) {
          return one.session != agent_.pid() && one.variable("STRATA_SCRATCH") != scratch_.path();
        });
        return all;
      },
      soon());
  agent_.reap();
}

}  // namespace strata::drivers
