#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace strata::drivers {

/// A kernel that guests boot.
struct GuestKernel {
  std::filesystem::path image;    ///< what the VMM is given
  std::string release;            ///< "6.1.0-56-cloud-amd64"; empty if nobody said
  std::filesystem::path modules;  ///< the folder of its modules.dep; empty: it needs none
};

/// Where ci/fetch-guest-kernels puts the kernels of a machine type ("x86_64").
std::filesystem::path kernel_folder(const std::string& architecture);

/// Debian's kernel for this machine type, as ci/fetch-guest-kernels left it: one that can be
/// entered directly (PVH), where there is one. Throws Error if there is none.
GuestKernel fetched_kernel(const std::string& architecture);

/// The machine type that a kernel is for ("x86_64"), by what stands in its file: a bzImage, an
/// ARM64 Image or an ELF file. Empty if it is none of them. Throws UsageError if it can't be read.
std::string kernel_architecture(const std::filesystem::path& image);

/// The files of the modules that guests need, by their names, in the order in which they have to be
/// loaded. Throws Error if the kernel's modules.dep can't be read or contradicts itself.
std::vector<std::filesystem::path> modules_of(const GuestKernel& kernel,
                                              const std::vector<std::string>& names);

}  // namespace strata::drivers
