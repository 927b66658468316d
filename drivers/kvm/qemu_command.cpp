#include "drivers/kvm/qemu_command.h"

#include <fmt/format.h>

#include "drivers/driver.h"

namespace strata::drivers {
namespace {

/// QEMU's lists are separated by commas; one in a value is written twice.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    text += c;
    if (c == ',') text += c;
  }
  return text;
}

class Arguments {
 public:
  explicit Arguments(const std::string& machine) : on_mmio_(machine == "microvm") {}

  void add(const std::string& option) { words_.push_back(option); }
  void add(const std::string& option, std::string value) {
    words_.push_back(option);
    words_.push_back(std::move(value));
  }
  /// A virtio device: without PCI it has another name.
  void add_device(const std::string& name, const std::string& properties) {
    add("-device", fmt::format("{}-{}{}", name, on_mmio_ ? "device" : "pci", properties));
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  bool on_mmio_;
  std::vector<std::string> words_;
};

void add_machine(const GuestDefinition& guest, Arguments& arguments) {
  std::string machine = guest.machine;
  if (guest.machine == "microvm") machine += ",pit=on,pic=on,rtc=on,isa-serial=on";
  if (guest.memory_file || guest.huge_pages) {
    const auto size = guest.memory.count >> 20U;
    std::string backend = fmt::format("size={}M", size);
    if (guest.memory_file) {
      backend = fmt::format("memory-backend-file,id=memory,{},mem-path={},share={}", backend,
                            escaped(guest.memory_file->path.string()),
                            guest.memory_file->is_shared ? "on" : "off");
    } else {
      backend = fmt::format("memory-backend-memfd,id=memory,{},hugetlb=on", backend);
    }
    arguments.add("-object", backend);
    machine += ",memory-backend=memory";
  }
  arguments.add("-machine", machine);
  arguments.add("-accel", guest.accelerator == Accelerator::kKvm ? "kvm" : "tcg");
  arguments.add("-cpu", guest.cpu_model);
  arguments.add("-smp", std::to_string(guest.vcpus));
  arguments.add("-m", fmt::format("{}M", guest.memory.count >> 20U));
  // The small firmware that Intel wrote for starting kernels; microvm has it as its own.
  if (guest.machine == "q35") arguments.add("-bios", "qboot.rom");
}

/// A disk that the guest finds by its serial number, which is `name`.
void add_disk(const std::string& name, const GuestDisk& disk, const std::string& more,
              Arguments& arguments) {
  arguments.add("-drive", fmt::format("if=none,id={},format=raw,file={},cache={},aio={}{}", name,
                                      escaped(disk.path.string()), disk.cache, disk.aio, more));
  // A guest is told that its disk has failed; QEMU's own way is to halt it without a word.
  arguments.add_device("virtio-blk",
                       fmt::format(",drive={0},serial={0},werror=report,rerror=report", name));
}

void add_network(const GuestNetwork& network, const QemuDescriptors& descriptors,
                 Arguments& arguments) {
  std::string device = ",netdev=network";
  if (!network.mac.empty()) device += ",mac=" + network.mac;
  switch (network.kind) {
    case GuestNetwork::Kind::kNone:
      return;
    case GuestNetwork::Kind::kUser:
      // Port 0: the kernel chooses one that is free.
      arguments.add("-netdev", fmt::format("user,id=network,ipv6=off,hostfwd=tcp:127.0.0.1:0-:{}",
                                           NetworkPath::kPort));
      break;
    case GuestNetwork::Kind::kSocket:
      arguments.add("-netdev",
                    fmt::format("stream,id=network,addr.type=fd,addr.str={}", descriptors.network));
      break;
    case GuestNetwork::Kind::kTap: {
      auto tap = fmt::format("tap,id=network,fd={}", descriptors.network);
      if (descriptors.vhost >= 0) tap += fmt::format(",vhost=on,vhostfd={}", descriptors.vhost);
      arguments.add("-netdev", tap);
      break;
    }
  }
  arguments.add_device("virtio-net", device);
}

}  // namespace

std::string architecture_of(const std::string& machine) {
  return machine == "virt" ? "aarch64" : "x86_64";
}

std::vector<std::string> qemu_arguments(const GuestDefinition& guest,
                                        const QemuDescriptors& descriptors) {
  Arguments arguments(guest.machine);
  arguments.add("-nodefaults");
  arguments.add("-no-user-config");
  arguments.add("-no-reboot");
  arguments.add("-display", "none");
  arguments.add("-S");
  add_machine(guest, arguments);
  arguments.add("-kernel", guest.kernel.string());
  arguments.add("-initrd", guest.initramfs.string());
  arguments.add("-append", guest.command_line);
  arguments.add("-chardev", fmt::format("socket,id=monitor,fd={}", descriptors.monitor));
  arguments.add("-mon", "chardev=monitor,mode=control");
  arguments.add("-chardev", fmt::format("socket,id=console,fd={}", descriptors.console));
  arguments.add("-serial", "chardev:console");
  arguments.add("-chardev", fmt::format("socket,id=agent,fd={}", descriptors.agent));
  arguments.add_device("virtio-serial", "");
  arguments.add("-device", "virtserialport,chardev=agent,name=strata");
  if (guest.disk) add_disk("scratch", *guest.disk, "", arguments);
  // What is written goes to a file without a name, in $TMPDIR.
  if (guest.root_disk) add_disk("root", *guest.root_disk, ",snapshot=on", arguments);
  add_network(guest.network, descriptors, arguments);
  if (guest.is_restored) arguments.add("-incoming", "defer");
  return arguments.take();
}

}  // namespace strata::drivers
