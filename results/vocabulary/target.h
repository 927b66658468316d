#pragma once

#include <map>
#include <string>

namespace strata {

/// A driver with its options and a name: the unit people compare.
struct Target {
  std::string name;    ///< "docker-gvisor"; letters, digits, '-', '_', '.'; never "control"
  std::string driver;  ///< "docker"
  std::map<std::string, std::string> options;  ///< as in the suite file, numbers and truths as text
  /// What the driver's probe found out about it: versions, runtime, accelerator ("native", "kvm",
  /// "nested-kvm" or "tcg"), scratch. Empty until probed.
  std::map<std::string, std::string> facts;

  bool operator==(const Target&) const = default;
};

/// Whether its probe found that its instances run under software emulation.
inline bool is_emulated(const Target& target) {
  const auto found = target.facts.find("accelerator");
  return found != target.facts.end() && found->second == "tcg";
}

}  // namespace strata
