// Guests whose root is a disk of the user's own: Debian as mmdebstrap makes it, by the commands in
// the README.

#include <array>
#include <fstream>

#include "drivers/file_digest.h"
#include "drivers/kvm/guests_fixture.h"
#include "drivers/testing/run_command.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A disk without partitions, with an ext4 of Debian on it. Nothing but its essential packages'
/// files: no script of a package runs, which takes most of the time.
fs::path make_debian(const fs::path& folder) {
  const auto root = (folder / "root").string();
  const auto disk = folder / "debian.raw";
  const auto made =
      testing::run_command({"mmdebstrap", "--quiet", "--variant=extract",
                            "--include=base-files,libc-bin,coreutils,dpkg", "bookworm", root});
  if (made.status != 0) throw Error("make a Debian root", "mmdebstrap failed", made.output);
  const auto formatted =
      testing::run_command({"/usr/sbin/mke2fs", "-q", "-t", "ext4", "-d", root, disk, "256M"});
  if (formatted.status != 0) throw Error("make a disk of it", "mke2fs failed", formatted.output);
  return disk;
}

class GuestRootDisks : public Guests {
 protected:
  static void SetUpTestSuite() {
    folder_of_disks_ = std::make_unique<testing::TemporaryFolder>();
    debian_ = make_debian(folder_of_disks_->path());
  }
  static void TearDownTestSuite() { folder_of_disks_.reset(); }

  /// What a program says in a new guest with that root.
  std::string said(Driver& driver, const std::vector<std::string>& words) {
    const auto bundle = contract();
    const auto instance = driver.start(driver.prepare(bundle, enough()), {}, enough());
    auto run = job(bundle, words);
    // A program of the disk's own.
    if (words.front().front() == '/') run.argv = words;
    const auto outcome = instance->run(run, enough());
    instance->stop(enough());
    return fmt::format("{} {}", outcome.exited ? outcome.exit_code : -1,
                       outcome.output + outcome.error_output);
  }
  std::unique_ptr<Driver> driver_with(const fs::path& disk,
                                      const std::string& machine = "microvm") {
    return driver(shipped("kvm"), {{"machine", machine}, {"root_disk", disk.string()}});
  }
  /// The same disk behind a table of partitions, as images that can be booted have it.
  static fs::path partitioned() {
    const auto path = *folder_of_disks_ / "partitioned.raw";
    constexpr std::uint32_t kSector = 512;
    constexpr std::uint32_t kFirst = 2048;
    std::array<unsigned char, kSector> table{};
    const auto sectors = static_cast<std::uint32_t>(fs::file_size(debian_) / kSector);
    unsigned char* const entry = table.data() + 446;
    entry[4] = 0x83;  // Linux
    for (unsigned i = 0; i < 4; ++i) {
      entry[8 + i] = static_cast<unsigned char>(kFirst >> 8 * i);
      entry[12 + i] = static_cast<unsigned char>(sectors >> 8 * i);
    }
    table[510] = 0x55;
    table[511] = 0xaa;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(table.data()), kSector);
    file.seekp(std::streamoff{kSector} * kFirst);
    file << std::ifstream(debian_, std::ios::binary).rdbuf();
    return path;
  }

  static std::unique_ptr<testing::TemporaryFolder> folder_of_disks_;
  static fs::path debian_;
};

std::unique_ptr<testing::TemporaryFolder> GuestRootDisks::folder_of_disks_;
fs::path GuestRootDisks::debian_;

TEST_F(GuestRootDisks, HoldWhatABundlesProgramSees) {
  for (const std::string machine : {"microvm", "q35"}) {
    const auto kvm = driver_with(debian_, machine);
    EXPECT_THAT(said(*kvm, {"show", "/etc/debian_version"}), StartsWith("0 12.")) << machine;
  }
}

TEST_F(GuestRootDisks, HaveProgramsOfTheirOwn) {
  const auto kvm = driver_with(debian_);
  EXPECT_EQ(said(*kvm, {"/usr/bin/dpkg", "--compare-versions", "2", "gt", "1"}), "0 ");
  EXPECT_THAT(said(*kvm, {"/usr/bin/head", "-n1", "/etc/os-release"}), HasSubstr("Debian"));
}

TEST_F(GuestRootDisks, StayAsTheyAre) {
  const auto kvm = driver_with(debian_);
  const auto before = file_sha256(debian_);
  EXPECT_EQ(said(*kvm, {"make", "/etc/left-behind"}), "0 ");
  EXPECT_EQ(file_sha256(debian_), before);
  // And the next guest can make it again.
  EXPECT_EQ(said(*kvm, {"make", "/etc/left-behind"}), "0 ");
}

TEST_F(GuestRootDisks, LeaveTheScratchFolderOnItsOwnDisk) {
  for (const std::string machine : {"microvm", "q35"}) {
    const auto kvm = driver_with(debian_, machine);
    const auto devices = said(*kvm, {"/bin/df", "--output=source", "/", "/strata/scratch"});
    EXPECT_THAT(devices, ::testing::MatchesRegex("0 Filesystem\n/dev/vd.\n/dev/vd.\n")) << machine;
    EXPECT_THAT(devices, AllOf(HasSubstr("vda"), HasSubstr("vdb"))) << machine;
    EXPECT_EQ(said(*kvm, {"list"}), "0 ") << machine;
    EXPECT_EQ(said(*kvm, {"fill", "1"}), "0 ") << machine;
  }
}

TEST_F(GuestRootDisks, MayHaveThemInAPartition) {
  const auto kvm = driver_with(partitioned());
  EXPECT_THAT(said(*kvm, {"show", "/etc/debian_version"}), StartsWith("0 12."));
}

TEST_F(GuestRootDisks, AreFactsOfTheResult) {
  const auto kvm = driver_with(debian_);
  const auto availability = kvm->probe(enough());
  const auto* const ready = std::get_if<Ready>(&availability);
  ASSERT_NE(ready, nullptr) << to_string(std::get<Unavailable>(availability));
  EXPECT_EQ(ready->facts.at("root"), "debian.raw, sha256 " + file_sha256(debian_).substr(0, 12));
}

TEST_F(GuestRootDisks, WhoseHostHasNoRoomForWhatIsWrittenSayThatOfTheHost) {
  const auto kvm =
      driver(shipped("kvm-microvm"),
             {{"machine", "microvm"}, {"root_disk", debian_.string()}, {"scratch", "memory"}});
  const SmallFileSystem small(context_.private_directory, "size=8m");
  if (!small.is_there()) GTEST_SKIP() << "only root can mount a small file system";
  const auto failure = failure_of([&] {
    said(*kvm, {"/bin/dd", "if=/dev/zero", "of=/fill", "bs=1M", "count=40", "conv=fsync"});
  });
  EXPECT_THAT(failure, AllOf(HasSubstr("as a guest's disk"), HasSubstr("No space left on device"),
                             HasSubstr("TMPDIR")));
}

TEST_F(GuestRootDisks, WithoutAFileSystemAreAnError) {
  const auto empty = *folder_of_disks_ / "empty.raw";
  std::ofstream(empty) << std::string(1UL << 20U, 'x');
  const auto kvm = driver_with(empty);
  EXPECT_THAT(failure_of_start(*kvm, enough()), HasSubstr("could not find an ext4 on disk"));
}

TEST_F(GuestRootDisks, ThatAreNoRawFilesAreRefused) {
  const auto packed = *folder_of_disks_ / "packed.qcow2";
  std::ofstream(packed) << "QFI\xfb" << std::string(100, '\0');
  const auto kvm = driver_with(packed);
  EXPECT_THAT(failure_of_start(*kvm, enough()), HasSubstr("qemu-img convert"));
  const auto none = driver_with(*folder_of_disks_ / "not-there");
  EXPECT_THAT(failure_of_start(*none, enough()), HasSubstr("can't be read"));
}

}  // namespace
}  // namespace strata::drivers
