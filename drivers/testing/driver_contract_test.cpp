// What every driver has to do: see driver_contract.h. Built once for each driver, for the targets
// it ships.

#include "drivers/testing/driver_contract.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "drivers/process_scan.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// An agent that was sent a job and never answers keeps a caller for this long.
Deadline brief() { return Deadline::after(monotonic_clock(), std::chrono::milliseconds(300)); }
Deadline over() { return {monotonic_clock(), monotonic_clock().now()}; }

// ---- probe and prepare

TEST_P(DriverContract, ProbeFindsOutByDoing) {
  const auto found = driver().probe(enough());
  ASSERT_TRUE(std::holds_alternative<strata::drivers::Ready>(found));
  const auto& facts = std::get<strata::drivers::Ready>(found).facts;
  EXPECT_TRUE(facts.contains("accelerator"));
  EXPECT_TRUE(facts.contains("scratch"));
}

TEST_P(DriverContract, AProbeWithoutTimeSaysSo) {
  const auto found = driver().probe(over());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(found));
  EXPECT_NE(std::get<Unavailable>(found).tried, "");
  EXPECT_NE(std::get<Unavailable>(found).said, "");
}

TEST_P(DriverContract, WhatWasPreparedIsUsedAgain) {
  const auto copy = folder_ / "copy-of-program";
  fs::copy_file(STRATA_CONTRACT_PROGRAM, copy);
  const auto bundle = make_bundle({STRATA_AGENT, copy, {}});
  const auto first = driver().prepare(bundle, enough());
  // With its source gone, only what is there already can serve.
  fs::remove(copy);
  const auto second = driver().prepare(bundle, enough());
  EXPECT_EQ(first.bundle_digest, bundle.digest);
  EXPECT_EQ(first.location, second.location);
  const auto instance = driver().start(second, {}, enough());
  Job hello;
  hello.argv = {bundle.command.front(), "arguments", "hello"};
  EXPECT_EQ(instance->run(hello, enough()).output, "hello\n");
  keep_cached();
}

TEST_P(DriverContract, AProgramRunsWithLibrariesFromUnusualPlaces) {
  for (const std::string way : {"runpath", "rpath"}) {
    const auto copy = folder_ / way;
    fs::copy(fs::path(STRATA_PEERS) / way, copy, fs::copy_options::recursive);
    const auto bundle = make_bundle({STRATA_AGENT, copy / ("peer-" + way), {}});
    const auto place = driver().prepare(bundle, enough());
    // Nothing of it is where it was any more: it runs from its bundle or not at all.
    fs::remove_all(copy);
    Job peer;
    peer.argv = bundle.command;
    const auto outcome = driver().start(place, {}, enough())->run(peer, enough());
    EXPECT_EQ(outcome.output, "42\n") << outcome.error_output;
  }
  keep_cached();
}

// ---- an instance's life

TEST_P(DriverContract, StampsComeInTheirOrder) {
  const auto before = monotonic_clock().now();
  const auto instance = start();
  const auto& stamps = instance->stamps();
  ASSERT_TRUE(stamps.at(Stamp::kRequested) && stamps.at(Stamp::kReady));
  // What a function platform does between request and answer, it keeps to itself.
  EXPECT_NE(stamps.at(Stamp::kCreated).has_value(), is_function());
  EXPECT_NE(stamps.at(Stamp::kMain).has_value(), is_function());
  EXPECT_FALSE(stamps.at(Stamp::kFirstResult));
  EXPECT_FALSE(stamps.at(Stamp::kStopped));
  ASSERT_TRUE(stamps.signal_round_trip);
  EXPECT_GT(*stamps.signal_round_trip, Duration::zero());
  instance->run(job({"exit", "0"}), enough());
  const auto first_result = stamps.at(Stamp::kFirstResult);
  instance->run(job({"exit", "0"}), enough());
  EXPECT_EQ(stamps.at(Stamp::kFirstResult), first_result);
  instance->stop(enough());

  // `launched` stands beside `main`: as a rule the agent's first byte overtakes the call's return.
  auto last = before;
  for (const auto stamp : {Stamp::kRequested, Stamp::kCreated, Stamp::kMain, Stamp::kReady,
                           Stamp::kFirstResult, Stamp::kStopped, Stamp::kRemoved}) {
    if (is_function() && !stamps.at(stamp)) continue;
    ASSERT_TRUE(stamps.at(stamp)) << name_of(stamp);
    EXPECT_GE(*stamps.at(stamp), last) << name_of(stamp);
    last = *stamps.at(stamp);
  }
  EXPECT_LE(last, monotonic_clock().now());
  if (const auto launched = stamps.at(Stamp::kLaunched)) {
    EXPECT_GE(*launched, *stamps.at(Stamp::kCreated));
    EXPECT_LE(*launched, *stamps.at(Stamp::kFirstResult));
  }
}

TEST_P(DriverContract, StoppingLeavesNothingAtOnce) {
  const auto instance = start();
  instance->run(job({"make", "file"}), enough());
  instance->stop(enough());
  EXPECT_THAT(processes_of(run_id()), IsEmpty());
}

TEST_P(DriverContract, DestroyingWithoutStoppingLeavesNothing) {
  const auto instance = start();
  instance->run(job({"make", "file"}), enough());
}

TEST_P(DriverContract, InstancesAreIndependent) {
  std::vector<std::unique_ptr<Instance>> instances;
  for (int i = 0; i < 3; ++i) instances.push_back(start());
  EXPECT_EQ(instances[0]->run(job({"make", "file"}), enough()).exit_code, 0);
  EXPECT_EQ(instances[1]->run(job({"list"}), enough()).output, "");
  instances[0]->stop(enough());
  instances.erase(instances.begin());
  EXPECT_EQ(instances[0]->run(job({"exit", "4"}), enough()).exit_code, 4);
  EXPECT_EQ(instances[1]->run(job({"exit", "5"}), enough()).exit_code, 5);
}

TEST_P(DriverContract, EveryInstanceBeginsWithAnEmptyScratchFolder) {
  for (int i = 0; i < 2; ++i) {
    const auto instance = start();
    EXPECT_EQ(instance->run(job({"list"}), enough()).output, "");
    EXPECT_EQ(instance->run(job({"make", "file"}), enough()).exit_code, 0);
    EXPECT_EQ(instance->run(job({"list"}), enough()).output, "file\n");
    instance->stop(enough());
  }
}

TEST_P(DriverContract, UsageIsThatOfALiveInstance) {
  const auto instance = start();
  instance->run(job({"print", "100000"}), enough());
  const auto usage = instance->usage();
  ASSERT_TRUE(usage.sandbox.memory || usage.sandbox.peak_memory);
  if (usage.sandbox.memory) {
    EXPECT_GT(usage.sandbox.memory->count, 0U);
  }
  if (usage.sandbox.peak_memory) {
    EXPECT_GT(usage.sandbox.peak_memory->count, 0U);
  }
  if (usage.sandbox.cpu) {
    EXPECT_GE(*usage.sandbox.cpu, Duration::zero());
  }
}

TEST_P(DriverContract, ALimitIsKeptOrRefusedByName) {
  Limits memory;
  memory.memory = mebibytes(256);
  Limits cpus;
  cpus.cpus = 0.5;
  Limits processes;
  processes.processes = 50;
  for (const auto& limits : {memory, cpus, processes}) {
    try {
      EXPECT_EQ(start(limits)->run(job({"exit", "3"}), enough()).exit_code, 3);
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(GetParam().name));
      EXPECT_NE(error.failure().do_next, "");
    }
  }
}

TEST_P(DriverContract, ACpuSetIsKept) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::uint32_t cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  Limits limits;
  limits.cpu_set = {cpu};
  const auto instance = start(limits);
  EXPECT_EQ(instance->run(job({"cpus"}), enough()).output, std::to_string(cpu) + "\n");
  cpu_set_t after;
  ASSERT_EQ(::sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&allowed, &after)) << "the driver has pinned its caller";
}

// ---- jobs

TEST_P(DriverContract, ExitCodesComeThrough) {
  const auto instance = start();
  for (const int code : {0, 1, 77, 255}) {
    const auto outcome = instance->run(job({"exit", std::to_string(code)}), enough());
    EXPECT_TRUE(outcome.exited);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_EQ(outcome.succeeded(), code == 0);
    EXPECT_GT(outcome.wall, Duration::zero());
    EXPECT_GT(outcome.peak_memory.count, 0U);
    EXPECT_THAT(outcome.sample, HasSubstr("\"wall_ns\""));
  }
}

TEST_P(DriverContract, SignalsComeThrough) {
  const auto instance = start();
  for (const int number : {SIGTERM, SIGKILL, SIGSEGV}) {
    const auto outcome = instance->run(job({"signal", std::to_string(number)}), enough());
    EXPECT_FALSE(outcome.exited);
    EXPECT_EQ(outcome.signal, number);
    EXPECT_FALSE(outcome.timed_out);
    EXPECT_FALSE(outcome.succeeded());
  }
}

TEST_P(DriverContract, InputComesBackAsOutput) {
  const auto instance = start();
  auto copy = job({"copy"});
  // More than any pipe holds, so that both directions have to be served at once.
  for (std::size_t i = 0; i < 500'000; ++i) copy.stdin_bytes += static_cast<char>(i * 7 + i / 256);
  const auto outcome = instance->run(copy, enough());
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.output, copy.stdin_bytes);
  EXPECT_EQ(outcome.error_output, "");
}

TEST_P(DriverContract, InputThatNobodyReadsDoesNoHarm) {
  const auto instance = start();
  auto deaf = job({"exit", "6"});
  deaf.stdin_bytes.assign(500'000, 'x');
  EXPECT_EQ(instance->run(deaf, enough()).exit_code, 6);
}

TEST_P(DriverContract, ArgumentsAndEnvironmentComeThroughAsTheyAre) {
  const auto instance = start();
  EXPECT_EQ(instance->run(job({"arguments", "a b", "", "$HOME", "ü\n"}), enough()).output,
            "a b\n\n$HOME\nü\n\n");
  auto environment = job({"environment", "STRATA_TEST"});
  EXPECT_EQ(instance->run(environment, enough()).exit_code, 1);
  environment.environment["STRATA_TEST"] = "x=y z";
  EXPECT_EQ(instance->run(environment, enough()).output, "x=y z\n");
  // None of this process's own variables reaches a program.
  ASSERT_EQ(::setenv("STRATA_LEAK", "1", 1), 0);
  EXPECT_EQ(instance->run(job({"environment", "STRATA_LEAK"}), enough()).exit_code, 1);
  EXPECT_EQ(instance->run(job({"environment", "STRATA_RUN_ID"}), enough()).output, run_id() + "\n");
}

TEST_P(DriverContract, OutputStreamsAreKeptApart) {
  const auto instance = start();
  const auto quiet = instance->run(job({"exit", "0"}), enough());
  EXPECT_EQ(quiet.output + quiet.error_output, "");
  EXPECT_EQ(instance->run(job({"print", "3000000"}), enough()).output.size(), 3'000'000U);
  const auto complaint = instance->run(job({"complain", "70000"}), enough());
  EXPECT_EQ(complaint.output, "");
  EXPECT_EQ(complaint.error_output.size(), 70'000U);
}

TEST_P(DriverContract, OutputBeyondTheLimitIsCutOff) {
  const auto instance = start();
  auto chatty = job({"print", "5000000"});
  chatty.output_limit = {1000};
  const auto outcome = instance->run(chatty, enough());
  EXPECT_TRUE(outcome.truncated);
  EXPECT_THAT(outcome.output, SizeIs(1000));
  EXPECT_TRUE(outcome.exited);  // it was not kept from printing on
  EXPECT_EQ(outcome.exit_code, 0);
  auto exact = job({"print", "1000"});
  exact.output_limit = {1000};
  EXPECT_FALSE(instance->run(exact, enough()).truncated);
}

TEST_P(DriverContract, OutputThatIsAskedForLiveHasNoLimitAndIsNotKept) {
  const auto instance = start();
  auto much = job({"print", "300000"});
  much.output_limit = {1000};
  std::size_t came = 0;
  much.on_output = [&](std::string_view piece) { came += piece.size(); };
  if (is_function()) return expect_refused(*instance, much);
  const auto outcome = instance->run(much, enough());
  EXPECT_EQ(came, 300'000U);
  EXPECT_EQ(outcome.output, "");
  EXPECT_FALSE(outcome.truncated);
}

TEST_P(DriverContract, AJobThatIsCalledOffGetsSigterm) {
  const auto instance = start();
  Cancellation cancellation;
  auto waiting = job({"say-and-wait", "here"});
  waiting.on_output = [&](std::string_view piece) {
    EXPECT_EQ(piece, "here\n");
    EXPECT_NO_THROW(instance->usage());
    cancellation.request(Urgency::kOrderly);
  };
  if (is_function()) return expect_refused(*instance, waiting);
  const auto outcome = instance->run(waiting, enough().cancelled_by(cancellation));
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_EQ(instance->run(job({"exit", "7"}), enough()).exit_code, 7);
}

TEST_P(DriverContract, AJobThatIsCalledOffAtOnceIsAbandoned) {
  const auto instance = start();
  Cancellation cancellation;
  auto waiting = job({"say-and-wait", "here"});
  waiting.on_output = [&](std::string_view /*piece*/) { cancellation.request(Urgency::kNow); };
  if (is_function()) return expect_refused(*instance, waiting);
  EXPECT_THROW(instance->run(waiting, enough().cancelled_by(cancellation)), DeadlineExceeded);
}

TEST_P(DriverContract, PathsInTheBundleAreFoundInEnvironmentAndWorkingDirectory) {
  const auto instance = start();
  auto inside = job({"environment", "PLACE"});
  inside.environment["PLACE"] = "bundle:/strata/bin";
  auto place = instance->run(inside, enough()).output;
  ASSERT_THAT(place, EndsWith("/strata/bin\n"));
  inside = job({"list"});
  inside.working_directory = "bundle:/strata/bin";
  EXPECT_EQ(instance->run(inside, enough()).output, "contract-program\n");
}

TEST_P(DriverContract, AProgramThatNeverEndsIsEnded) {
  const auto instance = start();
  auto endless = job({"wait"});
  endless.time_limit = std::chrono::milliseconds(100);
  const auto outcome = instance->run(endless, enough());
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_FALSE(outcome.succeeded());
  EXPECT_TRUE(instance->run(job({"exit", "0"}), enough()).succeeded());
}

TEST_P(DriverContract, ChildrenThatAreLeftAreCountedAndKilled) {
  if (GetParam().name == "faas-gvisor") {
    GTEST_SKIP() << "a bootstrap under gVisor is not given its orphans: they end with the sandbox";
  }
  const auto instance = start();
  const auto before = processes_of(run_id());
  const auto outcome = instance->run(job({"leave-child"}), enough());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_GE(outcome.processes_left, 1U);
  EXPECT_FALSE(outcome.succeeded());
  EXPECT_EQ(processes_of(run_id()), before);
}

TEST_P(DriverContract, AProgramThatIsNotThereIsAnError) {
  const auto instance = start();
  Job missing;
  missing.argv = {"strata/bin/no-such-program"};
  try {
    instance->run(missing, enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no-such-program"));
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
}

TEST_P(DriverContract, AJobThatCantBeSentIsWrongUse) {
  const auto instance = start();
  EXPECT_THROW(instance->run({}, enough()), UsageError);
  auto zero = job({std::string("a\0b", 3)});
  EXPECT_THROW(instance->run(zero, enough()), UsageError);
  auto huge = job({"copy"});
  huge.stdin_bytes.assign(2U << 20U, 'x');
  EXPECT_THROW(instance->run(huge, enough()), UsageError);
  EXPECT_EQ(instance->run(job({"exit", "8"}), enough()).exit_code, 8);
}

// ---- deadlines

TEST_P(DriverContract, AStartWithoutTimeIsRefused) {
  EXPECT_THROW(driver().start(prepared(), {}, over()), DeadlineExceeded);
}

TEST_P(DriverContract, AJobBeyondTheHostsDeadlineIsAbandoned) {
  const auto instance = start();
  EXPECT_THROW(instance->run(job({"wait"}), brief()), DeadlineExceeded);
}

TEST_P(DriverContract, AStopWithoutTimeIsRefused) {
  const auto instance = start();
  EXPECT_THROW(instance->stop(over()), DeadlineExceeded);
}

// ---- things that go wrong

TEST_P(DriverContract, AnAgentThatFailsIsHeard) {
  const auto failure = failure_of_agent(STRATA_AGENT_THAT_FAILS, enough());
  // Of a runtime that ends before it asks for an event, a platform tells how it ended.
  EXPECT_THAT(to_string(failure), HasSubstr(is_function() ? "exit status" : "no such luck"));
}

TEST_P(DriverContract, AnAgentThatSpeaksAnotherLanguageIsQuoted) {
  // Where its stream is not what it prints to, only the deadline tells; a guest takes seconds.
  const auto failure = failure_of_agent(
      STRATA_AGENT_THAT_BABBLES, Deadline::after(monotonic_clock(), std::chrono::seconds(10)));
  // A platform waits for a runtime that talks to nobody, and says nothing of it.
  EXPECT_THAT(to_string(failure), HasSubstr(is_function() ? "deadline" : "good morning"));
}

TEST_P(DriverContract, AnAgentThatHangsIsNotWaitedForForEver) {
  const auto failure = failure_of_agent(
      STRATA_AGENT_THAT_HANGS, Deadline::after(monotonic_clock(), std::chrono::seconds(3)));
  EXPECT_THAT(failure.said, HasSubstr("deadline"));
}

/// Waits until a process of the run whose name begins like this is there, and returns it.
std::optional<FoundProcess> await_process(const std::string& run_id, std::string_view name,
                                          Deadline deadline) {
  while (!deadline.expired()) {
    for (const auto& one : live_processes()) {
      if (one.name.starts_with(name) && one.variable("STRATA_RUN_ID") == run_id) return one;
    }
  }
  return std::nullopt;
}

TEST_P(DriverContract, AnAgentThatIsKilledInMidRunIsAnErrorAndNoHang) {
  const auto instance = start();
  const auto agent = await_process(run_id(), "agent", brief());
  if (!agent) GTEST_SKIP() << "the agent is no process of this host";
  std::jthread killer([&] {
    // A function brings its loader, whose name its program then has.
    const auto* const program = is_function() ? "ld-linux" : "contract";
    if (await_process(run_id(), program, enough())) ::kill(agent->pid, SIGKILL);
  });
  EXPECT_THROW(instance->run(job({"wait"}), enough()), Error);
  EXPECT_THROW(instance->run(job({"exit", "0"}), enough()), Error);
  EXPECT_THROW(instance->stop(enough()), Error);
}

TEST_P(DriverContract, CleaningKillsWhatADeadRunHasLeftAndNothingElse) {
  const auto& entry = find_driver(GetParam().driver);
  const auto instance = start();
  const auto nobody = [](std::string_view /*run*/) { return false; };
  EXPECT_THAT(entry.clean(nobody, false, context()), IsEmpty());
  EXPECT_TRUE(instance->run(job({"exit", "0"}), enough()).succeeded());

  const auto ours = [&](std::string_view run) { return run == run_id(); };
  EXPECT_THAT(entry.clean(ours, false, context()), Not(IsEmpty()));
  EXPECT_THAT(processes_of(run_id()), IsEmpty());
  EXPECT_THROW(instance->run(job({"exit", "0"}), enough()), Error);
  // A platform that lives on, as here, has started another sandbox for that.
  if (!is_function()) {
    EXPECT_THAT(entry.clean(ours, false, context()), IsEmpty());
  }
}

/// A test's name has letters, digits and '_' alone.
std::string test_name(const ::testing::TestParamInfo<Target>& target) {
  auto name = target.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Targets, DriverContract,
                         ::testing::ValuesIn(find_driver(STRATA_CONTRACT_DRIVER).shipped_targets()),
                         test_name);

}  // namespace
}  // namespace strata::drivers::testing
