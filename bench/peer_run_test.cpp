#include "bench/peer_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "drivers/testing/fake_driver.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::bench {
namespace {

using drivers::testing::good_outcome;
using ::testing::HasSubstr;

/// An instance that does what it is told, and keeps what it was asked to run.
class ScriptedInstance final : public drivers::Instance {
 public:
  using Script = std::function<drivers::Outcome(const drivers::Job&, Deadline)>;
  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  drivers::Outcome run(const drivers::Job& job, Deadline deadline) override {
    jobs.push_back(job);
    return script(job, deadline);
  }
  [[nodiscard]] drivers::Usage usage() override { return {}; }
  [[nodiscard]] drivers::NetworkPath network_path() const override { return path; }
  void stop(Deadline /*deadline*/) override {}

  Script script;
  std::vector<drivers::Job> jobs;
  drivers::NetworkPath path;

 private:
  Stamps stamps_;
};

/// A server that listens and serves until it is called off.
drivers::Outcome serve(const drivers::Job& job, Deadline deadline) {
  job.on_output("listening at 0.0.");
  job.on_output("0.0:4711\n");
  while (!deadline.cancellation()->is_requested(Urgency::kOrderly)) std::this_thread::yield();
  return good_outcome("");
}

drivers::Outcome measure(const drivers::Job& /*job*/, Deadline /*deadline*/) {
  return good_outcome("measured");
}

class PeerRunTest : public ::testing::Test {
 protected:
  PeerRunTest() {
    job.argv = {"bundle:/strata/bin/strata-workloads", "--benchmark_filter=x"};
    job.cpus = {1};
    target.path = {"172.17.0.1", "172.17.0.2"};
  }
  drivers::Outcome run(const std::string& inside) {
    WorkloadDefinition workload;
    workload.inside = inside;
    return run_with_peer(workload, job, {target, host},
                         Deadline::after(clock, std::chrono::seconds(60)));
  }
  std::string failure(const std::string& inside) {
    try {
      run(inside);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  ManualClock clock;
  drivers::Job job;
  ScriptedInstance target;
  ScriptedInstance host;
};

TEST_F(PeerRunTest, EgressServesAtTheHostAndMeasuresInTheInstance) {
  host.script = serve;
  target.script = measure;
  EXPECT_EQ(run("client").output, "measured");
  EXPECT_THAT(host.jobs.at(0).argv, ::testing::ElementsAre(job.argv[0], "--serve", "172.17.0.1:0"));
  EXPECT_EQ(host.jobs.at(0).cpus, job.cpus);
  EXPECT_EQ(target.jobs.at(0).argv, job.argv);
  EXPECT_EQ(target.jobs.at(0).environment.at("STRATA_PEER"), "172.17.0.1:4711");
}

TEST_F(PeerRunTest, IngressServesInTheInstanceAndMeasuresAtTheHost) {
  target.script = serve;
  host.script = measure;
  target.path.port = 32768;  // published elsewhere
  EXPECT_EQ(run("server").output, "measured");
  EXPECT_THAT(target.jobs.at(0).argv, ::testing::ElementsAre(job.argv[0], "--serve", ":7411"));
  EXPECT_EQ(host.jobs.at(0).environment.at("STRATA_PEER"), "172.17.0.2:32768");
}

TEST_F(PeerRunTest, PutsAnIpv6AddressIntoBrackets) {
  host.script = serve;
  target.script = measure;
  target.path.host = "fd00::1";
  run("client");
  EXPECT_EQ(host.jobs.at(0).argv.at(2), "[fd00::1]:0");
  EXPECT_EQ(target.jobs.at(0).environment.at("STRATA_PEER"), "[fd00::1]:4711");
}

TEST_F(PeerRunTest, ATargetWithoutSuchANetworkFailsWithThatReason) {
  target.path = {};
  EXPECT_THAT(failure("client"), HasSubstr("reach a server at the host from inside the instance"));
  EXPECT_THAT(failure("server"), HasSubstr("reach a server inside the instance from the host"));
  EXPECT_THAT(failure("server"), HasSubstr("network = \"bridge\""));
  EXPECT_TRUE(host.jobs.empty());
}

TEST_F(PeerRunTest, AServerThatCannotListenFailsWithItsWords) {
  host.script = [](const drivers::Job& serving, Deadline) {
    serving.on_output("listen at 172.17.0.1:0: Address already in use\n");
    return good_outcome("");
  };
  EXPECT_THAT(failure("client"), HasSubstr("Address already in use"));
  EXPECT_TRUE(target.jobs.empty()) << "nothing is measured without a server";
}

TEST_F(PeerRunTest, AServerThatDiesBeforeItListensIsTheReason) {
  host.script = [](const drivers::Job& serving, Deadline) -> drivers::Outcome {
    serving.on_output("listening at");
    throw Error("run the server", "the agent has ended");
  };
  EXPECT_THAT(failure("client"), HasSubstr("the agent has ended"));
}

TEST_F(PeerRunTest, AWorkloadThatThrowsEndsTheServer) {
  host.script = serve;
  target.script = [](const drivers::Job&, Deadline) -> drivers::Outcome {
    throw Error("run the job", "the instance died");
  };
  EXPECT_THAT(failure("client"), HasSubstr("the instance died"));
}

}  // namespace
}  // namespace strata::bench
