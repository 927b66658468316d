#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/driver_table.h"
#include "drivers/kvm/guest_definition.h"
#include "results/vocabulary/bytes.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// The driver's options, as typed values.
struct KvmSettings {
  std::string machine;                     ///< "q35", "microvm", "virt"
  std::string architecture;                ///< "x86_64", "aarch64"
  std::optional<Accelerator> accelerator;  ///< empty: what the host proves to have
  std::string cpu_model;                   ///< empty: host under KVM, the default under TCG
  std::uint32_t vcpus = 1;
  std::vector<std::uint32_t> vcpu_cpus;  ///< the CPU of each virtual CPU; empty: not pinned
  Bytes memory;
  bool huge_pages = false;
  std::filesystem::path kernel;     ///< empty: Debian's
  std::filesystem::path modules;    ///< of a kernel of one's own
  std::filesystem::path root_disk;  ///< empty: the initramfs is the guest's root
  bool is_snapshot = false;
  bool has_disk = true;
  Bytes disk_size;
  std::string disk_cache;
  std::string disk_aio;  ///< empty: the best there is
  GuestNetwork::Kind network = GuestNetwork::Kind::kUser;
  std::string qemu;            ///< path of the program; empty: along PATH
  bool is_compressed = false;  ///< the initramfs, with zstd
};

/// The options of the driver.
std::span<const OptionSpec> kvm_options();

/// Throws UsageError for a value that can't be. The options are complete.
KvmSettings read_kvm_settings(const Target& target);

}  // namespace strata::drivers
