#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace strata::drivers {

/// What modules.dep says: each module's file, below the folder that modules.dep lies in, and the
/// files it needs before it.
using ModuleDependencies = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Reads the text of a modules.dep (depmod(8)): "PATH: PATH …" a line. Lines that are none, and
/// paths that lead out of their folder, are left out.
ModuleDependencies parse_module_dependencies(std::string_view text);

/// "virtio_blk" of "kernel/drivers/block/virtio-blk.ko.xz": as the kernel calls the module.
std::string module_name(std::string_view path);

/// The files of the modules called `names` and of all they need, each before what needs it, each
/// once. A name that no file has is taken for built into the kernel. Throws Error if what the
/// modules need is missing or goes in a circle.
std::vector<std::string> in_loading_order(const ModuleDependencies& dependencies,
                                          const std::vector<std::string>& names);

}  // namespace strata::drivers
