// Every workload of strata-workloads as a trial, on the bare process and in a container, those with
// a peer at the host among them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "bench/testing/strata_process.h"
#include "results/result.h"

namespace strata::bench {
namespace {

TEST(EveryWorkloadTest, RunsOnProcessAndDockerWithACheckedResult) {
  const testing::TemporaryFolder folder;
  const auto suite = folder.path() / "every.toml";
  std::ofstream(suite) << R"(
trials = 1
targets = ["process", "docker-bridge"]
[target.docker-bridge]
driver = "docker"
network = "bridge"
[[workloads]]
min_time = "1ms"
)";
  const auto out = folder.path() / "out";
  const auto run =
      testing::StrataProcess({"run", suite, "--targets", "process,docker-bridge", "--out", out},
                             folder.path())
          .wait(std::chrono::minutes(14));
  if (run.exit_code == 1 &&
      run.error_output.find("use target docker-bridge") != std::string::npos) {
    ASSERT_EQ(std::getenv("STRATA_REQUIRE_DOCKER"), nullptr) << run.error_output;
    GTEST_SKIP() << run.error_output;
  }
  std::map<std::string, int> good;
  std::map<std::string, std::string> checksums;
  results::read_result(out / "result.json", [&](const Trial& trial) {
    const auto cell = trial.workload + "@" + trial.target;
    if (trial.failure) {
      // What this machine forbids is said by the workload, and no fault of Strata.
      const auto said = to_string(*trial.failure);
      const bool forbidden = said.find("not available here") != std::string::npos ||
                             said.find("transparent_hugepage") != std::string::npos;
      EXPECT_TRUE(forbidden) << cell << ": " << said;
      return;
    }
    ++good[trial.target];
    ASSERT_TRUE(trial.checksum) << cell;
    const auto [first, is_new] = checksums.emplace(trial.workload, *trial.checksum);
    EXPECT_EQ(first->second, *trial.checksum) << cell << ": another result than elsewhere";
  });
  EXPECT_GT(good["docker-bridge"], 90);
  EXPECT_GT(good["process"], 180);  // and its control arm
}

}  // namespace
}  // namespace strata::bench
