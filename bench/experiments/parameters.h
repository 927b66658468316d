#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"

namespace strata::bench {

/// The parameters of one workload of an experiment, by name; complete.
using Parameters = std::map<std::string, std::string>;

/// What a suite or --set gives: a list of values for each parameter named.
using ParameterLists = std::map<std::string, std::vector<std::string>>;

/// One parameter of an experiment, for help, checking and near-match hints.
struct ParameterSpec {
  std::string_view name;
  std::string_view default_value;  ///< values separated by commas
  std::string_view help;
  /// Part of the workload's name: each value of a list makes a workload of its own. Else a list is
  /// one value, "1s,10s".
  bool in_name = false;
};

/// One workload that an experiment's parameters make.
struct ParameterSet {
  std::string name;  ///< "burst/16"
  Parameters values;
};

/// All combinations of the values given, with defaults for those that are not. Throws UsageError
/// (near match) for a parameter that the experiment does not have.
std::vector<ParameterSet> combine(std::string_view experiment, std::span<const ParameterSpec> specs,
                                  const ParameterLists& given);

/// The parameter as a whole number. Throws UsageError naming it if it is none, or out of range.
std::uint64_t whole_number(const Parameters& parameters, const std::string& name,
                           std::uint64_t least, std::uint64_t most);
/// "25%" of `whole`, or "4GiB", "512 MiB". Throws UsageError.
Bytes memory_amount(const Parameters& parameters, const std::string& name, Bytes whole);
/// A number above 0. Throws UsageError.
double positive_number(const Parameters& parameters, const std::string& name);
/// "100ms,1s,10s": growing. Throws UsageError.
std::vector<Duration> growing_durations(const Parameters& parameters, const std::string& name);

/// The pieces between commas.
std::vector<std::string> split_list(std::string_view text);

}  // namespace strata::bench
