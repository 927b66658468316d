#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/experiments/parameters.h"
#include "results/toml_document.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/target.h"

namespace strata::bench {

/// Workloads of one Google Benchmark program, chosen by name.
struct SuiteWorkloads {
  std::filesystem::path program;            ///< empty: Strata's own workloads
  std::vector<std::filesystem::path> with;  ///< further files for the bundle
  std::vector<std::string> names;           ///< globs (fnmatch, '*' also matches '/'); empty: all
  std::vector<std::string> arguments;
  std::optional<Duration> min_time;  ///< --benchmark_min_time
};

struct SuiteCommand {
  std::string name;
  std::vector<std::string> words;
};

/// An experiment and what the suite sets of its parameters: a list of values each.
struct SuiteExperiment {
  std::string name;
  ParameterLists parameters;
};

/// A suite file as it was read, checked but not yet held against what this host has.
struct Suite {
  std::string name;
  std::string description;
  std::string baseline = "process";
  std::uint32_t trials = 10;
  std::optional<Duration> budget;
  std::optional<Duration> trial_timeout;
  std::vector<std::uint32_t> cpus;
  std::vector<std::string> targets;                  ///< names, in the order of the table's columns
  std::map<std::string, Target> target_definitions;  ///< those that the file defines itself
  std::vector<SuiteWorkloads> workloads;
  std::vector<SuiteCommand> commands;
  std::vector<SuiteExperiment> experiments;
};

/// Reads a suite. `origin` is its file name, for errors, and what relative program paths are
/// relative to. Throws UsageError with file, line and column for TOML that is malformed, a key that
/// is unknown (with a near match) and a value that is of the wrong type or out of range.
Suite parse_suite(std::string_view toml, const std::filesystem::path& origin);

/// The suites that are built in.
const std::vector<results::BuiltInToml>& built_in_suites();

/// A suite by the word a user gave: the name of a built-in one, or a TOML file's path.
/// Throws UsageError (near match) if it is neither.
Suite load_suite(const std::string& name_or_file);

}  // namespace strata::bench
