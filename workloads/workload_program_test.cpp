// The real strata-workloads: every workload, and what each does where it can't be done.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <thread>

#include "workloads/testing/workload_process.h"

namespace strata::workloads {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_workload;
using testing::WorkloadProcess;

std::vector<nlohmann::json> descriptions() {
  WorkloadProcess process({"--describe"});
  EXPECT_EQ(process.wait(), 0);
  std::vector<nlohmann::json> all;
  std::istringstream lines(process.output());
  for (std::string line; std::getline(lines, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::string error_of(const nlohmann::json& entry) { return entry.value("error_message", ""); }

/// A scratch folder for the workloads of a test.
class WorkloadProgramTest : public ::testing::Test {
 protected:
  WorkloadProgramTest() {
    auto name = (fs::temp_directory_path() / "strata-workloads-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("STRATA_SCRATCH", folder_.c_str(), 1);
  }
  ~WorkloadProgramTest() override {
    ::unsetenv("STRATA_SCRATCH");
    ::unsetenv("STRATA_PEER");
    fs::remove_all(folder_);
  }
  /// Waits until nothing is in the scratch folder any more.
  [[nodiscard]] bool becomes_empty() const {
    for (int i = 0; i < 5000 && !fs::is_empty(folder_); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return fs::is_empty(folder_);
  }
  std::string folder_;
};

TEST_F(WorkloadProgramTest, EachIsDescribedOnce) {
  std::vector<std::string> names;
  for (const auto& one : descriptions()) {
    names.push_back(one.at("name"));
    EXPECT_THAT(names.back(),
                ::testing::MatchesRegex("(compute|memory|os|disk|net)/[a-zA-Z0-9_/]+"));
    EXPECT_EQ(one.at("group"), names.back().substr(0, names.back().find('/')));
    EXPECT_FALSE(one.at("summary").get<std::string>().empty());
    EXPECT_GT(one.at("seconds").get<double>(), 0);
  }
  EXPECT_GT(names.size(), 90U);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(WorkloadProgramTest, EachRunsWithACheckedResult) {
  WorkloadProcess peer({"--serve", "127.0.0.1:0"});
  ASSERT_TRUE(peer.await_output("\n"));
  const auto said = peer.output();
  ::setenv("STRATA_PEER",
           said.substr(said.rfind(' ') + 1, said.find('\n') - said.rfind(' ') - 1).c_str(), 1);
  for (const auto& one : descriptions()) {
    const auto entry = run_workload(one.at("name"));
    const auto error = error_of(entry);
    if (error.find("not available here") != std::string::npos ||
        error.find("transparent_hugepage") != std::string::npos) {
      std::cout << one.at("name") << ": " << error << '\n';
      continue;
    }
    EXPECT_EQ(error, "") << one.at("name");
    EXPECT_TRUE(entry.contains("checksum")) << one.at("name");
    const std::string metric = one.at("metric");
    EXPECT_GT(entry.value(metric, -1.0), 0) << one.at("name") << " " << metric;
  }
  EXPECT_TRUE(becomes_empty());
}

TEST_F(WorkloadProgramTest, NoRoomFailsWithThatReason) {
  const auto small_disk = [&] {
    ::unshare(CLONE_NEWNS);
    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("none", folder_.c_str(), "tmpfs", 0, "size=4m,nr_inodes=1000") != 0) ::_exit(77);
  };
  const auto error = error_of(run_workload("disk/random_read/4KiB", "0.001", small_disk));
  if (error.starts_with("exit code 77")) GTEST_SKIP() << "this process may not mount";
  EXPECT_THAT(error, HasSubstr("write 32 MiB in " + folder_ + ": No space left on device"));
  EXPECT_THAT(error_of(run_workload("disk/create_files/10000", "0.001", small_disk)),
              HasSubstr("create a file in " + folder_ + ": No space left on device"));
}

TEST_F(WorkloadProgramTest, NoScratchFolderFailsWithThatReason) {
  ::setenv("STRATA_SCRATCH", (folder_ + "/missing").c_str(), 1);
  for (const auto* const name :
       {"disk/random_read/4KiB", "disk/append_fsync/4KiB", "disk/walk/10000", "os/stat"}) {
    EXPECT_THAT(error_of(run_workload(name)), HasSubstr("/missing: No such file or directory"));
  }
}

TEST_F(WorkloadProgramTest, AFileSystemWithoutDirectAccessFailsWithThatReason) {
  // procfs and the like have no files of ours, so it is the flag itself that is refused.
  const auto refuse_direct = [] {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    std::array<sock_filter, 6> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4 /* F_SETFL */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{filter.size(), filter.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(77);
  };
  const auto error = error_of(run_workload("disk/random_read/4KiB", "0.001", refuse_direct));
  EXPECT_THAT(error, HasSubstr("read past the page cache (O_DIRECT) in " + folder_ +
                               ": Invalid argument; take the workload's page_cache kind"));
  EXPECT_EQ(error_of(run_workload("disk/random_read/4KiB/page_cache", "0.001", refuse_direct)), "");
}

TEST_F(WorkloadProgramTest, ForbiddenIoUringFailsWithThatReason) {
  const auto forbid = [] {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    std::array<sock_filter, 4> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{filter.size(), filter.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(77);
  };
  EXPECT_THAT(error_of(run_workload("disk/random_read/4KiB/io_uring/depth_8", "0.001", forbid)),
              HasSubstr("set io_uring up: Operation not permitted; not available here"));
}

TEST_F(WorkloadProgramTest, TooLittleMemoryFailsWithThatReason) {
  const auto little = [] {
    const rlimit limit{100UL << 20U, 100UL << 20U};
    ::setrlimit(RLIMIT_AS, &limit);
  };
  for (const auto* const name : {"memory/stream_triad/64MiB", "memory/pointer_chase/256MiB",
                                 "memory/random_access/256MiB"}) {
    const auto error = error_of(run_workload(name, "0.001", little));
    EXPECT_THAT(error, ::testing::AnyOf(HasSubstr("MiB are left here"),
                                        HasSubstr("Cannot allocate memory")))
        << name;
  }
}

TEST_F(WorkloadProgramTest, APeerThatDiesFailsTheWorkloadWithThatReason) {
  for (const auto* const name : {"net/tcp_upload/128KiB/egress", "net/tcp_download/128KiB/egress",
                                 "net/tcp_round_trip/64B/egress", "net/http_get/1KiB/egress",
                                 "net/open_loop/2000_per_second/egress"}) {
    WorkloadProcess peer({"--serve", "127.0.0.1:0"});
    ASSERT_TRUE(peer.await_output("\n"));
    const auto said = peer.output();
    const auto address = said.substr(said.rfind(' ') + 1, said.size() - said.rfind(' ') - 2);
    ::setenv("STRATA_PEER", address.c_str(), 1);
    WorkloadProcess client({"--benchmark_filter=^" + std::string(name) + "/real_time$",
                            "--benchmark_format=json", "--benchmark_min_time=30"});
    ASSERT_TRUE(client.await_output("\"context\"")) << client.output();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    peer.kill();
    EXPECT_EQ(client.wait(), 0);
    EXPECT_THAT(client.output(), HasSubstr("error_message")) << name;
    EXPECT_THAT(client.output(),
                ::testing::AnyOf(HasSubstr("the peer closed the connection"),
                                 HasSubstr("Connection re"), HasSubstr("Broken pipe")))
        << name;
  }
}

TEST_F(WorkloadProgramTest, NoPeerFailsWithThatReason) {
  EXPECT_THAT(error_of(run_workload("net/tcp_round_trip/64B/egress")),
              HasSubstr("find the peer: STRATA_PEER is not set"));
  ::setenv("STRATA_PEER", "somewhere", 1);
  EXPECT_THAT(error_of(run_workload("net/tcp_round_trip/64B/egress")),
              HasSubstr("STRATA_PEER is not ADDRESS:PORT but somewhere"));
}

TEST_F(WorkloadProgramTest, APortInUseEndsTheServerWithThatReason) {
  WorkloadProcess first({"--serve", "127.0.0.1:0"});
  ASSERT_TRUE(first.await_output("\n"));
  const auto said = first.output();
  const auto address = said.substr(said.rfind(' ') + 1, said.size() - said.rfind(' ') - 2);
  WorkloadProcess second({"--serve", address});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.output(), "listen at " + address + ": Address already in use\n");
  WorkloadProcess third({"--serve", "nowhere"});
  EXPECT_EQ(third.wait(), 2);
}

TEST_F(WorkloadProgramTest, NothingIsLeftAfterAKill) {
  for (const auto* const name :
       {"disk/create_files/10000", "disk/walk/10000", "os/open_close", "disk/random_write/4KiB"}) {
    WorkloadProcess process({"--benchmark_filter=^" + std::string(name) + "/real_time$",
                             "--benchmark_format=json", "--benchmark_min_time=30"});
    ASSERT_TRUE(process.await_output("\"context\""));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    process.kill();
    EXPECT_TRUE(becomes_empty()) << name;
  }
}

}  // namespace
}  // namespace strata::workloads
