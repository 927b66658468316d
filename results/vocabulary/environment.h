#pragma once

#include <map>
#include <string>
#include <vector>

namespace strata {

/// What is known of the machine a result was measured on. A fact that could not be read is absent
/// ("unknown"), never assumed to be fine.
struct Environment {
  /// "cpu.model", "cpu.cores", "kernel.release", "mitigations.spectre_v2", … -> value as text.
  std::map<std::string, std::string> facts;
  /// Digest of the facts that must agree before two results may be compared (not load, not time).
  std::string environment_class;

  bool operator==(const Environment&) const = default;
};

/// Something about the machine that disturbs measurements, and what the user can do.
struct Disturbance {
  enum class Severity { kNote, kWarning };
  Severity severity = Severity::kNote;
  std::string what;     ///< "CPU frequency governor is powersave"
  std::string meaning;  ///< what it means for the numbers
  std::string remedy;   ///< command or setting that mends it; may be empty
};

}  // namespace strata
