// `strata faas serve` as a process of its own, killed in every way: what it owes is kept, what it
// had is gone or cleaned away.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/testing/strata_process.h"
#include "drivers/faas/emulator/testing/http_client.h"
#include "drivers/testing/eventually.h"
#include "drivers/testing/run_command.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using drivers::faas::emulator::testing::Answer;
using drivers::faas::emulator::testing::HttpClient;
using drivers::testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::run_strata;
using testing::StrataProcess;
using testing::TemporaryFolder;

/// The port in "… --endpoint-url http://127.0.0.1:PORT …"; 0 before that has been said.
std::uint16_t port_in(const std::string& output) {
  constexpr std::string_view kBefore = "http://127.0.0.1:";
  const auto at = output.find(kBefore);
  if (at == std::string::npos || output.find('\n') == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::stoul(output.substr(at + kBefore.size())));
}

class FaasServeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_.path() / "code");
    fs::copy(STRATA_TEST_BOOTSTRAP, folder_.path() / "code/bootstrap");
    run_strata({"clean"}, folder_.path());
  }
  void serve() {
    serving_ = std::make_unique<StrataProcess>(
        std::vector<std::string>{"faas", "serve", "--port", "0", "--data", folder_.path() / "data",
                                 "--retry", "0.01", "--grace", "1"},
        folder_.path());
    ASSERT_TRUE(eventually([&] { return (port_ = port_in(serving_->output_so_far())) != 0; }))
        << serving_->wait().error_output;
  }
  [[nodiscard]] Answer ask(const std::string& method, const std::string& target,
                           const std::string& body = {}, const std::string& headers = {}) const {
    try {
      return HttpClient(port_).ask(method, target, body, headers);
    } catch (const std::runtime_error&) {
      return {};  // nobody listens
    }
  }
  static std::string invocations(const std::string& name) {
    return "/2015-03-31/functions/" + name + "/invocations";
  }
  void create(const std::string& name, const std::string& handler) {
    const nlohmann::json request{{"FunctionName", name},
                                 {"Handler", handler},
                                 {"Timeout", 60},
                                 {"Code", {{"StrataPath", folder_.path() / "code"}}}};
    const auto answer = ask("POST", "/2015-03-31/functions", request.dump());
    ASSERT_EQ(answer.status, 201) << answer.body;
  }
  [[nodiscard]] bool metrics_say(const std::string& line) const {
    return ask("GET", "/metrics").body.find("\nstrata_faas_" + line + "\n") != std::string::npos;
  }
  /// Agents and functions: what runs from this test's bundles.
  [[nodiscard]] std::vector<pid_t> sandboxes(const std::string& of = "") const {
    std::istringstream lines(
        drivers::testing::run_command(
            {"pgrep", "--full", "^" + (folder_.path() / "cache").string() + ".*" + of})
            .output);
    std::vector<pid_t> pids;
    for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
    return pids;
  }

  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<StrataProcess> serving_;
};

TEST_F(FaasServeTest, KilledItLosesNoEventAndLeavesNothingThatCleanDoesNotRemove) {
  serve();
  create("later", "echo");
  create("busy", "never");
  EXPECT_EQ(
      ask("PUT", "/2017-10-31/functions/later/concurrency", R"({"ReservedConcurrentExecutions":0})")
          .status,
      200);
  EXPECT_EQ(ask("POST", invocations("later"), "1", "X-Amz-Invocation-Type: Event\r\n").status, 202);
  HttpClient caller(port_);
  caller.send("POST " + invocations("busy") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return metrics_say("concurrency 1") && sandboxes().size() == 2; }));

  serving_->send(SIGKILL);
  EXPECT_EQ(serving_->wait().exit_code, 128 + SIGKILL);
  EXPECT_EQ(caller.receive().status, 0);
  const auto clean = run_strata({"clean"}, folder_.path());
  EXPECT_EQ(clean.exit_code, 0) << clean.error_output;
  EXPECT_THAT(clean.output, HasSubstr("removed "));
  EXPECT_THAT(sandboxes(), IsEmpty());
  EXPECT_EQ(run_strata({"clean"}, folder_.path()).output, "nothing to remove\n");

  serve();
  EXPECT_TRUE(metrics_say("queued_events 1"));
  EXPECT_EQ(ask("DELETE", "/2017-10-31/functions/later/concurrency").status, 204);
  EXPECT_TRUE(eventually([&] { return metrics_say("queued_events 0"); }));
  EXPECT_TRUE(metrics_say("invocations_total{function=\"later\"} 1"));

  serving_->send(SIGTERM);
  const auto finished = serving_->wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.error_output;
  EXPECT_THAT(sandboxes(), IsEmpty());
  EXPECT_EQ(run_strata({"clean"}, folder_.path()).output, "nothing to remove\n");
}

TEST_F(FaasServeTest, ASandboxThatIsKilledIsReplaced) {
  serve();
  create("f", "echo");
  for (const std::string program : {"/agent$", "/bootstrap$"}) {
    EXPECT_EQ(ask("POST", invocations("f"), "1").body, "1");
    const auto found = sandboxes(program);
    ASSERT_EQ(found.size(), 1U) << program;
    ::kill(found.front(), SIGKILL);
    EXPECT_TRUE(eventually([&] { return metrics_say("sandboxes 0"); })) << program;
  }
  EXPECT_EQ(ask("POST", invocations("f"), "2").body, "2");
  EXPECT_TRUE(metrics_say("cold_starts_total{function=\"f\"} 3"));
}

}  // namespace
}  // namespace strata::bench
