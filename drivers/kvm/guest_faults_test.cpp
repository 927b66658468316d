// What goes wrong with guests: each ends in an error that says why, within its deadline, and leaves
// nothing.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "drivers/kvm/guests_fixture.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(Guests, WhoseVmmIsKilledAreAnErrorAndNoHang) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto pid = qemu_of_this_run();
  ASSERT_GT(pid, 0);
  auto waiting = job(bundle, {"say-and-wait", "here"});
  waiting.on_output = [pid](std::string_view /*here*/) { ::kill(pid, SIGKILL); };
  try {
    instance->run(waiting, enough());
    ADD_FAILURE() << "it goes on without its VMM";
  } catch (const Error& error) {
    EXPECT_THAT(to_string(error.failure()), HasSubstr("signal 9"));
  }
  EXPECT_THROW(instance->stop(enough()), Error);
}

TEST_F(Guests, ThatStopAnsweringAreGivenUpAtTheDeadline) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto pid = qemu_of_this_run();
  ASSERT_GT(pid, 0);
  ::kill(pid, SIGSTOP);
  const auto brief = Deadline::after(monotonic_clock(), std::chrono::milliseconds(500));
  EXPECT_THROW(instance->run(job(bundle, {"exit", "0"}), brief), DeadlineExceeded);
}

TEST_F(Guests, WhoseInitDiesInMidRunShowTheirConsole) {
  const auto kvm = driver(shipped("kvm-microvm"));
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto failure = failure_of([&] { instance->run(job(bundle, {"crash-init"}), enough()); });
  EXPECT_THAT(failure, AllOf(HasSubstr("Kernel panic"), HasSubstr("Attempted to kill init")));
  EXPECT_THROW(instance->run(job(bundle, {"exit", "0"}), enough()), Error);
}

TEST_F(Guests, WhoseKernelPanicsShowTheirConsole) {
  const auto kvm = driver(shipped("kvm-microvm"));
  // Linux panics when its init ends.
  const auto bundle = make_agent_bundle(STRATA_AGENT_THAT_FAILS);
  try {
    kvm->start(kvm->prepare(bundle, enough()), {}, enough());
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_THAT(error.failure().said, HasSubstr("Kernel panic"));
    EXPECT_THAT(error.failure().said, HasSubstr("no such luck"));
  }
}

TEST_F(Guests, OfAVmmThatIsNotThereAreRefused) {
  const auto kvm = driver(shipped("kvm-microvm"), {{"qemu", "/no/such/qemu"}});
  const auto found = kvm->probe(enough());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(found));
  EXPECT_THAT(to_string(std::get<Unavailable>(found)), HasSubstr("/no/such/qemu"));
  EXPECT_THAT(std::get<Unavailable>(found).do_next, HasSubstr("apt-get install"));
}

TEST_F(Guests, WithMoreMemoryThanTheHostHasAreRefused) {
  const auto kvm =
      driver(shipped("kvm-microvm"), {{"memory_mib", "1048576"}, {"huge_pages", "true"}});
  EXPECT_THAT(failure_of_start(*kvm, enough()), HasSubstr("memory"));
}

TEST_F(Guests, WithAKernelThatIsNoneAreRefused) {
  const auto kvm = driver(shipped("kvm-microvm"), {{"kernel", "/etc/passwd"}});
  const auto failure =
      failure_of_start(*kvm, Deadline::after(monotonic_clock(), std::chrono::seconds(5)));
  EXPECT_THAT(failure, HasSubstr("QEMU"));
}

TEST_F(Guests, WithAKernelOfAnotherMachineTypeAreRefused) {
  const auto foreign = folder_ / "Image";
  std::ofstream(foreign) << std::string(56, '\0') << "ARM\x64" << std::string(4000, '\0');
  const auto kvm = driver(shipped("kvm-microvm"), {{"kernel", foreign.string()}});
  EXPECT_THAT(failure_of_start(*kvm, enough()),
              AllOf(HasSubstr("it is for aarch64"), HasSubstr("microvm is x86_64")));
}

TEST_F(Guests, ThatWereSavedAreNotRestoredFromLessOrByAnother) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto prepared = kvm->prepare(bundle, enough());
  const auto restore = [&](Driver& by) {
    return failure_of([&] { by.start(prepared, {}, enough()); });
  };
  for (const std::string part : {"memory", "state", "disk"}) {
    const auto path = fs::path(prepared.location) / part;
    const auto size = fs::file_size(path);
    fs::resize_file(path, size / 2);
    EXPECT_THAT(restore(*kvm), HasSubstr("not as it was saved")) << part;
    fs::resize_file(path, size);
  }
  // What is damaged is made again when it is prepared, and not used.
  EXPECT_EQ(failure_of_start(*kvm, enough()), "nothing failed");

  // Another CPU model, and another QEMU: another file makes it one.
  const auto qemu = folder_ / "another-qemu";
  std::ofstream(qemu) << "#!/bin/sh\nexec qemu-system-x86_64 \"$@\"\n";
  fs::permissions(qemu, fs::perms::owner_all);
  const std::vector<std::pair<std::string, std::string>> others{{"cpu", "qemu64"},
                                                                {"qemu", qemu.string()}};
  for (const auto& [option, value] : others) {
    const auto other = driver(shipped("kvm-snapshot"), {{option, value}});
    EXPECT_NE(other->prepare(bundle, enough()).location, prepared.location) << option;
    EXPECT_THAT(restore(*other), HasSubstr("saved by another QEMU, kernel, CPU model")) << option;
  }
}

TEST_F(Guests, WhoseDiskIsFullTellTheirProgram) {
  const auto kvm = driver(shipped("kvm-microvm"), {{"disk_mib", "48"}});
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto outcome = instance->run(job(bundle, {"fill", "100"}), enough());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.error_output, HasSubstr("No space left on device"));
  EXPECT_EQ(instance->run(job(bundle, {"exit", "3"}), enough()).exit_code, 3);
  instance->stop(enough());
}

TEST_F(Guests, WhoseHostHasNoRoomForTheirDiskSayThatOfTheHost) {
  const auto kvm = driver(shipped("kvm-microvm"));
  const auto bundle = contract();
  // Room for the empty file system and little more.
  const SmallFileSystem small(context_.private_directory, "size=24m");
  if (!small.is_there()) GTEST_SKIP() << "only root can mount a small file system";
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto failure = failure_of([&] { instance->run(job(bundle, {"fill", "60"}), enough()); });
  EXPECT_THAT(failure, AllOf(HasSubstr("as a guest's disk"), HasSubstr("No space left on device"),
                             HasSubstr("TMPDIR")));
}

}  // namespace
}  // namespace strata::drivers
