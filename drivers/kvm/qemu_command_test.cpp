#include "drivers/kvm/qemu_command.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GuestDefinition guest_of(const std::string& machine) {
  GuestDefinition guest;
  guest.machine = machine;
  guest.cpu_model = "max";
  guest.memory = mebibytes(256);
  guest.kernel = "/k/vmlinux";
  guest.initramfs = "/c/image.cpio";
  guest.command_line = "console=ttyS0 quiet";
  guest.disk = GuestDisk{"/run/a,b.raw", "none", "native"};
  guest.network.kind = GuestNetwork::Kind::kUser;
  return guest;
}

std::string line_of(const GuestDefinition& guest, int vhost = -1) {
  return fmt::format("{}", fmt::join(qemu_arguments(guest, {3, 4, 5, 6, 7, vhost}), " "));
}

TEST(QemuCommand, AMicrovmHasItsDevicesWithoutPci) {
  EXPECT_EQ(line_of(guest_of("microvm")),
            "-nodefaults -no-user-config -no-reboot -display none -S "
            "-machine microvm,pit=on,pic=on,rtc=on,isa-serial=on -accel tcg -cpu max -smp 1 "
            "-m 256M -kernel /k/vmlinux -initrd /c/image.cpio -append console=ttyS0 quiet "
            "-chardev socket,id=monitor,fd=3 -mon chardev=monitor,mode=control "
            "-chardev socket,id=console,fd=5 -serial chardev:console "
            "-chardev socket,id=agent,fd=4 -device virtio-serial-device "
            "-device virtserialport,chardev=agent,name=strata "
            "-drive if=none,id=scratch,format=raw,file=/run/a,,b.raw,cache=none,aio=native "
            "-device virtio-blk-device,drive=scratch,serial=scratch,werror=report,rerror=report "
            "-netdev user,id=network,ipv6=off,hostfwd=tcp:127.0.0.1:0-:7411 "
            "-device virtio-net-device,netdev=network");
}

TEST(QemuCommand, TheOthersHaveThemOnPci) {
  for (const std::string machine : {"q35", "virt"}) {
    const auto line = line_of(guest_of(machine));
    EXPECT_THAT(line, HasSubstr("-machine " + machine + " "));
    EXPECT_THAT(line, HasSubstr("virtio-serial-pci"));
    EXPECT_THAT(line, HasSubstr("virtio-blk-pci,drive=scratch"));
    EXPECT_THAT(line, HasSubstr("virtio-net-pci,netdev=network"));
    EXPECT_EQ(line.find("qboot") != std::string::npos, machine == "q35");
  }
}

TEST(QemuCommand, ARootDiskStaysAsItIs) {
  auto guest = guest_of("q35");
  guest.root_disk = GuestDisk{"/var/lib/images/debian.raw", "none", "io_uring"};
  EXPECT_THAT(
      line_of(guest),
      HasSubstr("-drive if=none,id=root,format=raw,file=/var/lib/images/debian.raw,cache=none,"
                "aio=io_uring,snapshot=on -device virtio-blk-pci,drive=root,serial=root,"));
}

TEST(QemuCommand, WhatAGuestHasNotIsNotThere) {
  auto guest = guest_of("microvm");
  guest.disk.reset();
  guest.network.kind = GuestNetwork::Kind::kNone;
  EXPECT_THAT(line_of(guest), Not(HasSubstr("-drive")));
  EXPECT_THAT(line_of(guest), Not(HasSubstr("-netdev")));
  EXPECT_THAT(line_of(guest), Not(HasSubstr("-incoming")));
}

TEST(QemuCommand, MemoryLiesWhereItIsToLie) {
  auto guest = guest_of("microvm");
  guest.accelerator = Accelerator::kKvm;
  guest.memory_file = GuestMemoryFile{"/c/ram", true};
  EXPECT_THAT(line_of(guest),
              HasSubstr("-object memory-backend-file,id=memory,size=256M,mem-path=/c/ram,share=on "
                        "-machine microvm,pit=on,pic=on,rtc=on,isa-serial=on,"
                        "memory-backend=memory -accel kvm "));
  guest.memory_file->is_shared = false;
  guest.is_restored = true;
  EXPECT_THAT(line_of(guest), HasSubstr("share=off"));
  EXPECT_THAT(line_of(guest), HasSubstr("-incoming defer"));
  guest.memory_file.reset();
  guest.huge_pages = true;
  EXPECT_THAT(line_of(guest), HasSubstr("memory-backend-memfd,id=memory,size=256M,hugetlb=on"));
}

TEST(QemuCommand, ANetworkLeadsThroughWhatItIsGiven) {
  auto guest = guest_of("q35");
  guest.network = {GuestNetwork::Kind::kSocket, 20, -1, ""};
  EXPECT_THAT(line_of(guest), HasSubstr("-netdev stream,id=network,addr.type=fd,addr.str=7 "
                                        "-device virtio-net-pci,netdev=network"));
  guest.network = {GuestNetwork::Kind::kTap, 20, -1, "02:53:54:00:00:02"};
  EXPECT_THAT(line_of(guest),
              HasSubstr("-netdev tap,id=network,fd=7 "
                        "-device virtio-net-pci,netdev=network,mac=02:53:54:00:00:02"));
  EXPECT_THAT(line_of(guest, 8), HasSubstr("-netdev tap,id=network,fd=7,vhost=on,vhostfd=8 "));
}

TEST(QemuCommand, MachinesHaveAnArchitecture) {
  EXPECT_EQ(architecture_of("q35"), "x86_64");
  EXPECT_EQ(architecture_of("microvm"), "x86_64");
  EXPECT_EQ(architecture_of("virt"), "aarch64");
}

}  // namespace
}  // namespace strata::drivers
