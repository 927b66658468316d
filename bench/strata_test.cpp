// The real command with the real agent on the process target: what users type, and what they get
// for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "bench/testing/strata_process.h"
#include "results/journal.h"
#include "results/result.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_strata;
using testing::StrataProcess;
using testing::TemporaryFolder;

/// Waits for another process's doing; false if it has not come after a minute.
template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

class StrataTest : public ::testing::Test {
 protected:
  /// What others have left, a test killed by its time limit for one, is not this test's doing.
  void SetUp() override { strata({"clean"}); }
  Finished strata(const std::vector<std::string>& arguments) {
    return run_strata(arguments, folder.path());
  }
  /// A copy of the fake benchmark under a name that says how it behaves.
  fs::path benchmark_that(const std::string& behaves) {
    const auto path = folder.path() / behaves;
    fs::copy_file(STRATA_FAKE_BENCHMARK, path, fs::copy_options::overwrite_existing);
    return path;
  }
  fs::path write(const std::string& name, const std::string& text) {
    const auto path = folder.path() / name;
    std::ofstream(path) << text;
    return path;
  }
  /// Nothing of a run may be left: no process, no run folder.
  void expect_nothing_left() {
    const auto cleaned = strata({"clean"});
    EXPECT_EQ(cleaned.output, "nothing to remove\n");
  }
  TemporaryFolder folder;
  std::string out = folder.path() / "out";
};

TEST_F(StrataTest, HelpIsThereForEverything) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                 {"run", "--help"},
                                                                 {"time", "--help"},
                                                                 {"list", "--help"},
                                                                 {"doctor", "--help"},
                                                                 {"clean", "--help"},
                                                                 {"compare", "--help"},
                                                                 {"check", "--help"}}) {
    const auto help = strata(words);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.output, HasSubstr("Usage"));
  }
  EXPECT_THAT(strata({"--version"}).output, HasSubstr("strata 0."));
}

TEST_F(StrataTest, ListsWhatThereIs) {
  EXPECT_THAT(strata({"list", "targets"}).output, HasSubstr("process"));
  EXPECT_THAT(strata({"list", "suites"}).output, HasSubstr("quick"));
  const auto workloads = strata({"list", "workloads", "--json"});
  EXPECT_EQ(workloads.exit_code, 0) << workloads.error_output;
  EXPECT_THAT(workloads.output, HasSubstr("\"os/getppid\""));
}

TEST_F(StrataTest, DoctorSaysWhatRunsHere) {
  const auto doctor = strata({"doctor", "--json"});
  EXPECT_EQ(doctor.exit_code, 0);
  const auto json = nlohmann::json::parse(doctor.output);
  EXPECT_EQ(json["targets"][0]["target"], "process");
  EXPECT_EQ(json["targets"][0]["ready"], true);
  EXPECT_TRUE(json["environment"].contains("kernel.release"));
}

TEST_F(StrataTest, RunsASuiteAndWritesAResult) {
  const auto run = strata({"run", "quick", "--targets", "process", "--workloads", "os/getppid",
                           "--trials", "6", "--seed", "3", "--out", out});
  EXPECT_EQ(run.exit_code, 0) << run.error_output;
  EXPECT_THAT(run.output, HasSubstr("os/getppid"));
  EXPECT_THAT(run.error_output, HasSubstr("seed 3"));
  std::size_t good = 0;
  const auto head = results::read_result(fs::path(out) / "result.json", [&](const Trial& trial) {
    EXPECT_FALSE(trial.failure);
    EXPECT_TRUE(trial.stamps.startup());
    EXPECT_EQ(trial.program_digest.size(), 64U);
    EXPECT_TRUE(trial.checksum);
    ++good;
  });
  EXPECT_EQ(good, 12U);
  EXPECT_EQ(head.header.seed, 3U);
  ASSERT_EQ(head.footers.size(), 1U);
  EXPECT_GT(head.footers[0].strata_cpu_seconds, 0);
  expect_nothing_left();
}

TEST_F(StrataTest, ResultIsAGoogleBenchmarkFile) {
  strata({"run", "quick", "--targets", "process", "--workloads", "os/getppid", "--trials", "2",
          "--out", out});
  std::ifstream file(fs::path(out) / "result.json");
  const auto json = nlohmann::json::parse(file);
  EXPECT_TRUE(json["context"].contains("caches"));
  ASSERT_EQ(json["benchmarks"].size(), 4U);
  std::map<std::string, int> names;
  for (const auto& entry : json["benchmarks"]) {
    ++names[entry["name"].get<std::string>()];
    EXPECT_EQ(entry["run_type"], "iteration");
    EXPECT_TRUE(entry["real_time"].is_number());
    EXPECT_TRUE(entry["cpu_time"].is_number());
    EXPECT_EQ(entry["time_unit"], "ns");
  }
  EXPECT_EQ(names["os/getppid@process"], 2);
  EXPECT_EQ(names["os/getppid@control"], 2);
}

TEST_F(StrataTest, RunsExperiments) {
  const auto startup = strata(
      {"run", "startup", "--targets", "process", "--trials", "6", "--out", out + "-startup"});
  EXPECT_EQ(startup.exit_code, 0) << startup.error_output;
  EXPECT_THAT(startup.output, HasSubstr("time from the request until"));
  EXPECT_THAT(startup.output, HasSubstr("first result"));

  const auto burst = strata({"run", "burst", "--targets", "process", "--trials", "6", "--set",
                             "count=2,8", "--seed", "5", "--out", out});
  EXPECT_EQ(burst.exit_code, 0) << burst.error_output;
  EXPECT_THAT(burst.output, HasSubstr("of 8 at once, ready:"));
  std::size_t curves = 0;
  results::read_result(fs::path(out) / "result.json", [&](const Trial& trial) {
    EXPECT_FALSE(trial.failure);
    EXPECT_FALSE(trial.stamps.startup());
    ASSERT_NE(trial.metric("ready[2]"), nullptr);
    EXPECT_GE(trial.metric("ready[2]")->value, trial.metric("ready[1]")->value);
    if (trial.metric("ready[8]") != nullptr) ++curves;
  });
  EXPECT_EQ(curves, 12U);
  EXPECT_EQ(strata({"run", "burst", "--set", "cuont=2"}).exit_code, 2);
  EXPECT_EQ(strata({"run", "burst", "--set", "count=0"}).exit_code, 2);
  EXPECT_THAT(strata({"list", "experiments"}).output, HasSubstr("burst"));
  expect_nothing_left();
}

TEST_F(StrataTest, GoesOnWithAnExperiment) {
  const auto begun = strata({"run", "density", "--targets", "process", "--trials", "2", "--set",
                             "count=4", "--set", "memory=1%", "--budget", "50ms", "--out", out});
  EXPECT_EQ(begun.exit_code, 0) << begun.error_output;
  EXPECT_THAT(begun.output, HasSubstr("the run ended early"));
  const auto resumed = strata({"run", "--resume", out});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.error_output;
  // Its budget holds for each part of it, so it takes a trial at a time.
  EXPECT_EQ(results::read_result(fs::path(out) / "result.json").summary.trials, 2U);
  EXPECT_EQ(strata({"run", "--resume", out, "--set", "count=5"}).exit_code, 2);
  expect_nothing_left();
}

TEST_F(StrataTest, RunsExperimentsInContainers) {
  const auto run = [&](const std::string& suite, std::vector<std::string> settings) {
    std::vector<std::string> words{"run",      suite, "--targets", "docker",
                                   "--trials", "1",   "--out",     out + "-" + suite};
    for (auto& setting : settings) words.insert(words.end(), {"--set", std::move(setting)});
    return strata(words);
  };
  const auto burst = run("burst", {"count=4"});
  if (burst.exit_code == 1 && burst.error_output.find("use target docker") != std::string::npos) {
    ASSERT_EQ(std::getenv("STRATA_REQUIRE_DOCKER"), nullptr) << burst.error_output;
    GTEST_SKIP() << burst.error_output;
  }
  EXPECT_EQ(burst.exit_code, 0) << burst.error_output;
  EXPECT_THAT(burst.output, HasSubstr("of 4 at once, ready:"));
  EXPECT_EQ(run("startup", {}).exit_code, 0);
  const auto density = run("density", {"count=6", "memory=5%"});
  EXPECT_EQ(density.exit_code, 0) << density.error_output;
  EXPECT_THAT(density.output, HasSubstr("within, supervisors"));
  const auto cold = run("coldstart", {"count=2", "pauses=10ms,20ms"});
  EXPECT_EQ(cold.exit_code, 0) << cold.error_output;
  EXPECT_THAT(cold.output, HasSubstr("call after a pause of"));
  const auto noisy = run("interference", {"victim=os/getppid", "neighbour=fork", "min_time=20ms"});
  EXPECT_EQ(noisy.exit_code, 0) << noisy.error_output;
  std::size_t limited = 0;
  results::read_result(out + "-interference/result.json", [&](const Trial& trial) {
    EXPECT_FALSE(trial.failure) << to_string(*trial.failure);
    if (trial.metric("slowdown_limited") != nullptr) ++limited;
  });
  EXPECT_EQ(limited, 1U);  // a bare process can't be given limits
  expect_nothing_left();
}

TEST_F(StrataTest, TimesACommand) {
  const auto timed = strata({"time", "--targets", "process", "--trials", "6", "--json", "--",
                             STRATA_CHILD_PROGRAM, "print", "x"});
  EXPECT_EQ(timed.exit_code, 0) << timed.error_output;
  const auto json = nlohmann::json::parse(timed.output);
  EXPECT_EQ(json["trials"], 12);
  EXPECT_EQ(json["failed"], 0);
  EXPECT_TRUE(json["differing_checksums"].empty());
}

TEST_F(StrataTest, ACommandThatFailsIsAnErrorUnlessTold) {
  const auto failed = strata({"time", "--targets", "process", "--trials", "1", "--",
                              STRATA_CHILD_PROGRAM, "complain", "no data"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.error_output, HasSubstr("exited with code 3; it said: no data"));
  EXPECT_THAT(failed.error_output, HasSubstr("--ignore-failure"));
  const auto ignored = strata({"time", "--targets", "process", "--trials", "1", "--ignore-failure",
                               "--", STRATA_CHILD_PROGRAM, "complain", "no data"});
  EXPECT_EQ(ignored.exit_code, 0) << ignored.error_output;
}

TEST_F(StrataTest, RunsAnyBenchmarkProgramAsItIs) {
  const auto run = strata({"run", "--program", benchmark_that("good"), "--targets", "process",
                           "--trials", "2", "--out", out});
  EXPECT_EQ(run.exit_code, 0) << run.error_output;
  EXPECT_THAT(run.output, HasSubstr("BM_work/8"));
}

struct Misuse {
  std::vector<std::string> words;
  std::string says;
};

TEST_F(StrataTest, WrongUseIsExitTwoAndSaysWhatWouldBeRight) {
  write("bad.toml", "name = \"x\"\ntrails = 3\n");
  write("broken.toml", "name = ");
  write("target.toml", "targets = [\"x\"]\n[target.x]\ndriver = \"dokcer\"\n[[workloads]]\n");
  write("option.toml",
        "targets = [\"x\"]\n[target.x]\ndriver = \"docker\"\nnetwrk = "
        "\"host\"\n[[workloads]]\nnames=[\"os/getppid\"]\n");
  write("data", "just text");
  fs::permissions(folder.path() / "data", fs::perms::owner_all);
  const auto in = [&](const char* name) { return (folder.path() / name).string(); };
  for (const auto& misuse : std::vector<Misuse>{
           {{}, "subcommand is required"},
           {{"rnu", "quick"}, "did you mean run?"},
           {{"run"}, "nothing says what to run"},
           {{"run", "quik"}, "did you mean \"quick\"?"},
           {{"run", "quick", "--trails", "3"}, "did you mean --trials?"},
           {{"run", "quick", "--trials", "0"}, "--trials"},
           {{"run", "quick", "--targets", "dcoker"}, "did you mean \"docker\"?"},
           {{"run", "quick", "--workloads", "os/getpid"}, "did you mean \"os/getppid\"?"},
           {{"run", "quick", "--budget", "5"}, "250ms, 90s, 5m"},
           {{"run", "quick", "--seed", "x"}, "whole number"},
           {{"run", "quick", "--", "--benchmark_filter=x"}, "--program"},
           {{"run", "quick", "--program", "x"}, "exclude each other"},
           {{"run", "--resume", in("nowhere")}, "there is no journal"},
           {{"run", in("bad.toml")}, "did you mean \"trials\"?"},
           {{"run", in("broken.toml")}, "not valid TOML"},
           {{"run", in("target.toml")}, "did you mean \"docker\"?"},
           {{"run", in("option.toml")}, "did you mean \"network\"?"},
           {{"run", "--program", in("nowhere")}, "no such file"},
           {{"run", "--program", in("data")}, "neither an ELF executable nor a script"},
           {{"run", "--program", folder.path()}, "is a directory"},
           {{"time"}, "there is no command"},
           {{"time", "--", "no-such-program-anywhere"}, "no folder of PATH"},
           {{"list", "gadgets"}, "gadgets"},
       }) {
    const auto result = strata(misuse.words);
    EXPECT_EQ(result.exit_code, 2) << misuse.says << ": " << result.error_output;
    EXPECT_THAT(result.error_output, HasSubstr(misuse.says));
  }
}

TEST_F(StrataTest, AProgramThatMisbehavesFailsItsTrialsWithTheReason) {
  const std::map<std::string, std::string> says{
      {"half_json", "in the middle"},
      {"no_json", "it printed no JSON but: hello"},
      {"endless", "did not end within"},
      {"floods", "printed more than 16 MiB"},
      {"forgets_child", "were still running when it ended"}};
  for (const auto& [behaves, reason] : says) {
    const auto place = (folder.path() / ("out-" + behaves)).string();
    const auto run =
        strata({"run", "--program", benchmark_that(behaves), "--targets", "process", "--trials",
                "1", "--trial-timeout", behaves == "endless" ? "1s" : "30s", "--out", place});
    EXPECT_EQ(run.exit_code, 1) << behaves;
    EXPECT_THAT(run.error_output, HasSubstr(reason));
    const auto head = results::read_result(fs::path(place) / "result.json");
    EXPECT_EQ(head.summary.failed, 2U);
  }
  expect_nothing_left();
}

TEST_F(StrataTest, AProgramWithoutBenchmarksIsRefusedBeforeTheRun) {
  const auto run = strata(
      {"run", "--program", benchmark_that("lists_nothing"), "--targets", "process", "--out", out});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.error_output, HasSubstr("it named none"));
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(StrataTest, AFolderThatHoldsARunIsNotOverwritten) {
  const std::vector<std::string> words{"run",       "--program", benchmark_that("good"),
                                       "--targets", "process",   "--trials",
                                       "1",         "--out",     out};
  EXPECT_EQ(strata(words).exit_code, 0);
  const auto again = strata(words);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.error_output, HasSubstr("--resume"));
}

TEST_F(StrataTest, ATargetThatCannotRunIsAnErrorOnlyIfNamed) {
  ::setenv("DOCKER_HOST", "unix:///nowhere.sock", 1);
  const auto named = strata(
      {"run", "--program", benchmark_that("good"), "--targets", "process,docker", "--out", out});
  EXPECT_EQ(named.exit_code, 1);
  EXPECT_THAT(named.error_output, HasSubstr("/nowhere.sock"));
  const auto left_out =
      strata({"run", "--program", benchmark_that("good"), "--trials", "1", "--out", out});
  ::unsetenv("DOCKER_HOST");
  EXPECT_EQ(left_out.exit_code, 0) << left_out.error_output;
  EXPECT_THAT(left_out.error_output, HasSubstr("left out: target docker"));
  EXPECT_THAT(left_out.output, HasSubstr("not measured: docker"));
}

TEST_F(StrataTest, InterruptFinishesTheTrialWritesTheResultAndIs130) {
  StrataProcess process({"time", "--targets", "process", "--trials", "5000", "--out", out, "--",
                         STRATA_CHILD_PROGRAM, "print", "x"},
                        folder.path());
  const auto journal = fs::path(out) / "journal.jsonl";
  const auto lines = [&] {
    std::ifstream file(journal);
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  ASSERT_TRUE(comes_true([&] { return lines() >= 5; }));
  process.send(SIGINT);
  const auto end = process.wait();
  EXPECT_EQ(end.exit_code, 130);
  EXPECT_THAT(end.output, HasSubstr("the run ended early"));
  const auto head = results::read_result(fs::path(out) / "result.json");
  EXPECT_EQ(head.summary.failed, 0U);
  EXPECT_GT(head.summary.trials, 0U);
  expect_nothing_left();
}

TEST_F(StrataTest, ASecondInterruptStopsAtOnce) {
  StrataProcess process({"time", "--targets", "process", "--trials", "1", "--out", out, "--",
                         STRATA_CHILD_PROGRAM, "hang"},
                        folder.path());
  std::error_code ignored;
  ASSERT_TRUE(comes_true([&] {
    const auto size = fs::file_size(fs::path(out) / "journal.jsonl", ignored);
    return !ignored && size > 100;
  }));
  process.send(SIGINT);
  // The first has been heard once its message is there; two signals at the same moment count as
  // one.
  const auto heard = [&] {
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      if (text.find("once more to stop at once") != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(comes_true(heard));
  process.send(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
}

/// Kill -9 at random moments, again and again: every planned trial must be there once at the end,
/// and nothing else of the run.
TEST_F(StrataTest, ARunThatIsKilledFiftyTimesIsCompleteInTheEnd) {
  const std::vector<std::string> first{
      "time",  "--targets", "process", "--trials",           "150",   "--seed", "1",
      "--out", out,         "--",      STRATA_CHILD_PROGRAM, "print", "x"};
  const std::vector<std::string> resume{"run", "--resume", out};
  std::mt19937 random(20260301);
  int kills = 0;
  for (; kills < 50; ++kills) {
    const bool begun = fs::exists(fs::path(out) / "journal.jsonl");
    std::error_code ignored;
    const auto size = fs::file_size(fs::path(out) / "journal.jsonl", ignored);
    // Mostly a few trials further; now and then before the run has written its first line.
    const auto goal = begun ? size + random() % 5000 : random() % 30'000;
    StrataProcess process(begun ? resume : first, folder.path());
    // Killed once the journal has grown so far: at whatever the process is doing at that moment.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < give_up) {
      const auto now = fs::file_size(fs::path(out) / "journal.jsonl", ignored);
      if ((!ignored && now > goal) || process.ended()) break;
    }
    process.send(SIGKILL);
    process.wait();
    // A run that died before its first line was whole has to be begun anew.
    std::ifstream journal(fs::path(out) / "journal.jsonl");
    std::string line;
    if (!std::getline(journal, line) || journal.eof()) fs::remove_all(out);
  }
  const auto end = strata(resume);
  EXPECT_EQ(end.exit_code, 0) << end.error_output;
  std::map<std::pair<std::uint32_t, bool>, int> seen;
  const auto head = results::read_result(fs::path(out) / "result.json", [&](const Trial& trial) {
    EXPECT_FALSE(trial.failure);
    ++seen[{trial.block, trial.control}];
  });
  EXPECT_EQ(head.header.plan.size(), 300U);
  EXPECT_EQ(seen.size(), 300U);
  for (const auto& [trial, count] : seen) EXPECT_EQ(count, 1);
  strata({"clean"});
  expect_nothing_left();
}

TEST_F(StrataTest, ComparesARunWithItselfAndWithAnother) {
  const auto program = benchmark_that("steady").string();
  const auto suite = write("two.toml",
                           "trials = 7\ntargets = [\"process\", \"other\"]\n"
                           "[target.other]\ndriver = \"process\"\n[[workloads]]\nprogram = \"" +
                               program + "\"\n");
  const auto again = (folder.path() / "again").string();
  ASSERT_EQ(strata({"run", suite, "--out", out}).exit_code, 0);
  ASSERT_EQ(strata({"run", suite, "--out", again}).exit_code, 0);

  const auto paired = nlohmann::json::parse(strata({"compare", out, "--json"}).output);
  EXPECT_EQ(paired["baseline"], "process");
  ASSERT_FALSE(paired["cells"].empty());
  EXPECT_EQ(paired["cells"][0]["target"], "other");
  EXPECT_TRUE(paired["cells"][0].contains("noise_floor"));
  EXPECT_TRUE(paired["differences"].empty());

  const auto unpaired = strata({"compare", out + "/result.json", again, "--markdown"});
  EXPECT_EQ(unpaired.exit_code, 0) << unpaired.error_output;
  EXPECT_THAT(unpaired.output, HasSubstr("### The second run compared with the first"));

  const auto unknown = strata({"compare", out, "--metric", "reel_time"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.error_output, HasSubstr("did you mean \"real_time\"?"));
  EXPECT_EQ(strata({"compare", out, again, "--baseline", "other"}).exit_code, 2);
  EXPECT_EQ(strata({"compare", program}).exit_code, 2);
}

TEST_F(StrataTest, StopsOnceEveryIntervalIsNarrowEnough) {
  const auto program = benchmark_that("steady").string();
  const auto run = strata({"run", "--program", program, "--targets", "process", "--precision", "1%",
                           "--blocks", "14", "--out", out});
  EXPECT_EQ(run.exit_code, 0) << run.error_output;
  // Of the baseline alone there is no ratio that could be narrow.
  EXPECT_EQ(results::read_result(fs::path(out) / "result.json").header.blocks, 14U);
  EXPECT_EQ(strata({"run", "--program", program, "--precision", "1"}).exit_code, 2);

  const auto suite = write("precise.toml",
                           "targets = [\"process\", \"other\"]\n[target.other]\n"
                           "driver = \"process\"\n[[workloads]]\nprogram = \"" +
                               program + "\"\n");
  const auto wide = (folder.path() / "wide").string();
  ASSERT_EQ(strata({"run", suite, "--precision", "100%", "--out", wide}).exit_code, 0);
  const auto head = results::read_result(fs::path(wide) / "result.json");
  ASSERT_EQ(head.footers.size(), 1U);
  EXPECT_FALSE(head.footers[0].interrupted);
  EXPECT_EQ(head.footers[0].reason, "every interval is within 100 %");
  EXPECT_GE(head.summary.trials, 36U);
  EXPECT_LT(head.summary.trials, 600U);
}

TEST_F(StrataTest, ChecksClaimsAgainstARunOfItsOwnAndAStoredOne) {
  const auto claims = write("mine.toml", R"(
[[claim]]
id = "starts"
statement = "it is ready within a minute"
source = { title = "us" }
from = ["requested", "created"]
to = "ready"
target = "process"
kind = "absolute"
relation = "at most"
bound = 1
unit = "min"
[[claim]]
id = "elsewhere"
statement = "a target that is not there"
source = { title = "us" }
metric = "real_time"
workloads = ["os/getppid"]
target = "kvm-nowhere"
baseline = "process"
kind = "ratio"
relation = "at most"
bound = 2
)");
  const auto junit = (folder.path() / "claims.xml").string();
  const auto run = strata({"check", claims, "--run", "--blocks", "6", "--out", out, "--json",
                           "--junit", junit, "--strict"});
  EXPECT_EQ(run.exit_code, 0) << run.error_output << run.output;
  const auto json = nlohmann::json::parse(run.output)["files"][0]["claims"];
  EXPECT_EQ(json[0]["verdict"], "supported");
  ASSERT_EQ(json[0]["rows"].size(), 2U);
  EXPECT_EQ(json[0]["rows"][1]["measured"], "ready after created");
  EXPECT_EQ(json[0]["rows"][1]["decides"], false);
  EXPECT_EQ(json[1]["verdict"], "not measurable here");
  EXPECT_TRUE(fs::exists(junit));

  const auto stored = strata({"check", claims, "gvisor", out + "/result.json"});
  EXPECT_EQ(stored.exit_code, 0) << stored.error_output;
  EXPECT_THAT(stored.output, HasSubstr("gvisor-startup"));
  EXPECT_EQ(strata({"check", claims}).exit_code, 2);
  EXPECT_EQ(strata({"check", out}).exit_code, 2);
  EXPECT_EQ(strata({"check", "gviser", out}).exit_code, 2);
}

}  // namespace
}  // namespace strata::bench
