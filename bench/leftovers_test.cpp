// What the machine has before a run on containers and after it, also after one that was killed with
// kill -9 and cleaned up: containers, networks, volumes, links, packet rules, cgroups and mounts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/testing/strata_process.h"
#include "drivers/docker/engine_daemons.h"
#include "drivers/docker/engine_socket.h"
#include "drivers/testing/run_command.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_strata;
using testing::StrataProcess;
using testing::TemporaryFolder;

using Lines = std::set<std::string>;

void add_lines(const std::string& kind, const std::string& text, Lines& lines) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(kind + ": " + line);
}

void add_output(const std::vector<std::string>& words, Lines& lines) {
  add_lines(words[0] + " " + words[1], drivers::testing::run_command(words).output, lines);
}

/// Rules without the comments and counters that change by themselves.
void add_rules(const char* program, Lines& lines) {
  std::istringstream stream(drivers::testing::run_command({program}).output);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("-A") || line.starts_with("-N")) lines.insert("rule: " + line);
  }
}

void add_mounts(const std::string& process, Lines& lines) {
  std::ifstream file("/proc/" + process + "/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  add_lines("mount of " + process, text.str(), lines);
}

/// Everything that a container may leave on the machine.
Lines inventory() {
  Lines lines;
  add_output({"docker", "ps", "--all", "--format", "{{.ID}} {{.Names}}"}, lines);
  add_output({"docker", "network", "ls", "--format", "{{.ID}} {{.Name}}"}, lines);
  add_output({"docker", "volume", "ls", "--format", "{{.Name}}"}, lines);
  add_rules("iptables-nft-save", lines);
  add_rules("iptables-legacy-save", lines);
  std::istringstream links(drivers::testing::run_command({"ip", "-brief", "link"}).output);
  for (std::string name, rest; links >> name && std::getline(links, rest);) {
    lines.insert("link: " + name);
  }
  std::error_code error;
  for (fs::recursive_directory_iterator at("/sys/fs/cgroup", error), end; at != end;
       at.increment(error)) {
    if (at->is_directory(error)) lines.insert("cgroup: " + at->path().string());
  }
  add_mounts("self", lines);
  if (const auto engine = drivers::listener_at(drivers::engine_socket_path(""))) {
    add_mounts(std::to_string(*engine), lines);
  }
  return lines;
}

/// What is there now and was not before. An engine takes a moment to put away what it was asked to.
Lines surplus(const Lines& before) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    Lines more;
    const auto now = inventory();
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                        std::inserter(more, more.end()));
    if (more.empty() || std::chrono::steady_clock::now() > give_up) return more;
  }
}

class LeftoversTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (drivers::testing::run_command({"docker", "version"}).status != 0) {
      if (std::getenv("STRATA_REQUIRE_DOCKER") != nullptr) FAIL() << "no engine answers";
      GTEST_SKIP() << "no engine answers: ci/with-docker starts one";
    }
    run_strata({"clean"}, folder_.path());
    // The engine makes what all its containers share, such as their parent cgroup, for the first.
    run_everything("warm-up");
    before_ = inventory();
  }
  /// A suite that runs one command on the targets, which a table of TOML defines.
  std::string suite(const std::string& targets, const std::string& definitions,
                    const std::string& words) {
    const auto path = folder_.path() / "suite.toml";
    std::ofstream(path) << "baseline = \"ours\"\ntrials = 1\ntargets = [" << targets << "]\n"
                        << definitions << "\n[[command]]\nwords = [" << words << "]\n";
    return path;
  }
  testing::Finished run_everything(const std::string& out);

  TemporaryFolder folder_;
  Lines before_;
};

constexpr auto kEveryKind = R"(
[target.ours]
driver = "docker"
network = "own"
ingress = "nat"
scratch = "volume"
memory = "64 MiB"
[target.proxied]
driver = "docker"
network = "bridge"
ingress = "proxy"
scratch = "host"
)";

testing::Finished LeftoversTest::run_everything(const std::string& out) {
  return run_strata(
      {"run", suite(R"("ours", "proxied", "oci-runc")", kEveryKind, R"("/usr/bin/true")"), "--out",
       folder_.path() / out},
      folder_.path());
}

TEST_F(LeftoversTest, ARunLeavesTheMachineAsItWas) {
  const auto run = run_everything("out");
  EXPECT_EQ(run.exit_code, 0) << run.output << run.error_output;
  EXPECT_EQ(surplus(before_), Lines());
}

TEST_F(LeftoversTest, WhatAKilledRunLeftIsCleanedAway) {
  const std::vector<std::string> kinds{kEveryKind,
                                       "[target.ours]\ndriver = \"oci\"\nscratch = \"tmpfs\"\n"};
  for (const auto& definition : kinds) {
    {
      StrataProcess run({"run", suite("\"ours\"", definition, R"("/usr/bin/sleep", "86399")"),
                         "--out", folder_.path() / "killed"},
                        folder_.path());
      // Its container is at work once the program has a process.
      const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
      while (drivers::testing::run_command({"pgrep", "--full", "bin/sleep 86399"}).status != 0) {
        ASSERT_FALSE(run.ended()) << run.wait().error_output;
        ASSERT_LT(std::chrono::steady_clock::now(), give_up);
      }
      run.send(SIGKILL);
      run.wait();
    }
    const auto clean = run_strata({"clean"}, folder_.path());
    EXPECT_EQ(clean.exit_code, 0) << clean.error_output;
    EXPECT_THAT(clean.output, HasSubstr("removed "));
    EXPECT_EQ(surplus(before_), Lines()) << definition;
    fs::remove_all(folder_.path() / "killed");
  }
}

}  // namespace
}  // namespace strata::bench
