#pragma once

#include <string>
#include <vector>

#include "results/toml_document.h"
#include "results/vocabulary/clock.h"

namespace strata::bench {

/// What functions and an instance that is always on cost, in one currency; see prices/*.toml.
struct Prices {
  std::string currency;      ///< "USD"
  double per_request = 0;    ///< of an invocation
  double per_gb_second = 0;  ///< of a function's memory while it is billed
  double instance_per_hour = 0;
  double instance_memory_mb = 0;
  double instance_cpus = 0;
  double mb_per_cpu = 0;  ///< the memory with which a function gets one CPU
};

/// The tables that are compiled in.
const std::vector<results::BuiltInToml>& built_in_prices();

/// A price table by the name of a built-in one ("aws") or a file. Throws UsageError for what can't
/// be.
Prices load_prices(const std::string& name_or_file);

/// What a load has cost as invocations, and what that means.
struct Cost {
  double per_second = 0;  ///< of the load, as invocations
  double always_on_ratio =
      0;  ///< that over what the instance costs; above 1 the instance is cheaper
  /// How busy the instance has to be to be cheaper; above 1: it never is.
  double break_even_utilisation = 0;
};

/// `invocations` were billed `gb_seconds` over `length` and had a function with `memory_mb` work
/// for `work` each. The instance holds as many at a time as its memory and its CPUs allow, none of
/// which is started twice.
Cost cost_of(const Prices& prices, double invocations, double gb_seconds, Duration length,
             double memory_mb, Duration work);

}  // namespace strata::bench
