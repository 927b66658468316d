#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/vocabulary/bytes.h"

namespace strata::drivers {

enum class Accelerator { kKvm, kTcg };

/// A raw file, as a virtio block device.
struct GuestDisk {
  std::filesystem::path path;
  std::string cache = "none";  ///< "none" (past the host's page cache) or "writeback"
  std::string aio =
      "threads";  ///< "io_uring", "native" or "threads": how the VMM waits for the disk
};

/// The network device, if there is one, and what is at its other end.
struct GuestNetwork {
  enum class Kind {
    kNone,
    kUser,    ///< the VMM's own network
    kSocket,  ///< a connected stream socket: packets, each behind its length in 4 bytes
    kTap,     ///< a tap device of the host
  };
  Kind kind = Kind::kNone;
  int fd = -1;        ///< the socket or the tap device; lent
  int vhost_fd = -1;  ///< /dev/vhost-net, if the kernel is to move the packets; lent
  std::string mac;    ///< empty: the VMM's choice
};

/// A file that the guest's memory lies in.
struct GuestMemoryFile {
  std::filesystem::path path;
  bool is_shared = false;  ///< what the guest writes goes into the file; else nobody sees it
};

/// One virtual machine, in the words of no VMM in particular.
struct GuestDefinition {
  std::string machine;  ///< "q35", "microvm" or "virt"
  Accelerator accelerator = Accelerator::kTcg;
  std::string cpu_model;
  std::uint32_t vcpus = 1;
  Bytes memory;
  bool huge_pages = false;
  std::optional<GuestMemoryFile> memory_file;
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::string command_line;
  std::optional<GuestDisk> disk;  ///< the scratch disk
  /// What the guest makes its root. The file stays as it is: what is written to it is gone with the
  /// VMM.
  std::optional<GuestDisk> root_disk;
  GuestNetwork network;
  /// An open file for the state of all but the memory; lent. It is saved to it, or is_restored from
  /// it instead of booting.
  int state_fd = -1;
  bool is_restored = false;

  // About the VMM's own process.
  std::vector<std::string> environment;  ///< "NAME=VALUE"
  std::vector<std::uint32_t> cpus;       ///< CPUs it may run on; empty: those we may
};

}  // namespace strata::drivers
