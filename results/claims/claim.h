#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/toml_document.h"
#include "results/vocabulary/stamps.h"

namespace strata::results {

/// Who states a claim, and where.
struct ClaimSource {
  std::string title;
  std::string section;
  int year = 0;           ///< 0: not given
  std::string reference;  ///< DOI or URL
};

/// A statement of performance that can be held against a result.
struct Claim {
  enum class Kind {
    kRatio,       ///< cost of the target over the baseline's: 2 is twice the time, or half the rate
    kDifference,  ///< value of the target less the baseline's, paired by block
    kAbsolute,    ///< value of the target
  };
  enum class Relation { kAtMost, kAtLeast, kWithin };

  std::string id;
  std::string statement;
  ClaimSource source;
  bool verified = true;  ///< false: the figure was not read in its source
  /// Why no run on one machine can measure it; all below is empty then.
  std::string unmeasurable;

  std::string metric;       ///< "real_time", "startup", …; empty where stamps are given
  std::vector<Stamp> from;  ///< start events; the first decides, the others are shown beside it
  std::optional<Stamp> to;  ///< end event
  std::vector<std::string>
      workloads;  ///< globs, in which '*' also matches '/'; empty: all together
  std::string target;
  std::string baseline;  ///< empty for kAbsolute
  Kind kind = Kind::kRatio;
  double quantile = 0.5;  ///< of kAbsolute: 0.5 is the median
  Relation relation = Relation::kAtMost;
  double bound = 0;                ///< kWithin: 0.05 means a ratio in [1 / 1.05, 1.05]
  std::string unit;                ///< of the bound
  double confidence = 0.95;        ///< one-sided
  std::vector<std::string> needs;  ///< "kvm" (on hardware, nested or not), "bare-kvm"
};

/// Claims of one file.
struct ClaimFile {
  std::string name;
  std::string description;
  std::vector<Claim> claims;
};

/// Reads a file of claims; the format is in results/README.md. Outside data: throws UsageError with
/// file, line and column for TOML that is malformed, a key that is unknown (with a near match), a
/// unit or value that is wrong.
ClaimFile parse_claims(std::string_view toml, const std::filesystem::path& origin);

/// The claims that are compiled in.
const std::vector<BuiltInToml>& shipped_claims();

/// By the word a user gave: a shipped name or a file's path. Throws UsageError (near match).
ClaimFile load_claims(const std::string& name_or_file);

/// Whether `name` matches a shell glob, in which '*' also matches '/'.
bool matches_any(const std::vector<std::string>& globs, const std::string& name);

}  // namespace strata::results
