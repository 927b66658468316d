#include "bench/suite.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "bench/duration_text.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

/// Reads one file's tables; knows the file's name, so that every error says where.
class SuiteReader {
 public:
  explicit SuiteReader(const fs::path& origin) : origin_(origin) {}

  Suite read(const toml::table& root) {
    only_keys(root, {"name", "description", "baseline", "trials", "budget", "trial_timeout", "cpus",
                     "targets", "target", "workloads", "command", "experiment"});
    Suite suite;
    suite.name = text(root, "name").value_or(origin_.stem().string());
    suite.description = text(root, "description").value_or("");
    suite.baseline = text(root, "baseline").value_or("process");
    if (const auto* const node = root.get("trials")) {
      suite.trials = whole_number(*node, "trials", 1, 1'000'000);
    }
    suite.budget = duration(root, "budget");
    suite.trial_timeout = duration(root, "trial_timeout");
    suite.cpus = numbers(root, "cpus");
    suite.targets = texts(root, "targets");
    if (const auto* const node = root.get("target")) read_targets(table(*node, "target"), suite);
    for (const auto* const entry : tables(root, "workloads")) {
      suite.workloads.push_back(read_workloads(*entry));
    }
    for (const auto* const entry : tables(root, "command")) {
      suite.commands.push_back(read_command(*entry));
    }
    for (const auto* const entry : tables(root, "experiment")) {
      suite.experiments.push_back(read_experiment(*entry));
    }
    if (suite.workloads.empty() && suite.commands.empty() && suite.experiments.empty()) {
      fail(root, "the suite runs nothing", "add [[workloads]], [[command]] or [[experiment]]");
    }
    return suite;
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& said,
                         const std::string& do_next = {}) const {
    const auto at = node.source().begin;
    throw UsageError(fmt::format("read suite {}:{}:{}", origin_.string(), at.line, at.column), said,
                     do_next);
  }

  void only_keys(const toml::table& table, std::initializer_list<std::string_view> known) const {
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      // toml++ 3.3 keeps a key's own place; for an inline value that is the better one to show.
      const auto at = key.source().begin;
      throw UsageError(fmt::format("read suite {}:{}:{}", origin_.string(), at.line, at.column),
                       fmt::format("unknown key \"{}\"", name), suggest(name, names));
    }
  }

  std::string as_text(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_string()) return value->get();
    fail(node, fmt::format("\"{}\" must be a text in quotes", key));
  }
  std::optional<std::string> text(const toml::table& table, std::string_view key) const {
    const auto* const node = table.get(key);
    if (node == nullptr) return std::nullopt;
    return as_text(*node, key);
  }
  std::vector<std::string> texts(const toml::table& table, std::string_view key) const {
    std::vector<std::string> result;
    for (const auto& node : array(table, key)) result.push_back(as_text(node, key));
    return result;
  }
  std::uint32_t whole_number(const toml::node& node, std::string_view key, std::int64_t least,
                             std::int64_t most) const {
    const auto* const value = node.as_integer();
    if (value == nullptr || value->get() < least || value->get() > most) {
      fail(node, fmt::format("\"{}\" must be a whole number from {} to {}", key, least, most));
    }
    return static_cast<std::uint32_t>(value->get());
  }
  std::vector<std::uint32_t> numbers(const toml::table& table, std::string_view key) const {
    std::vector<std::uint32_t> result;
    for (const auto& node : array(table, key)) result.push_back(whole_number(node, key, 0, 4095));
    return result;
  }
  std::optional<Duration> duration(const toml::table& table, std::string_view key) const {
    const auto* const node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const auto at = node->source().begin;
    return parse_duration(as_text(*node, key),
                          fmt::format("{}:{}: {}", origin_.string(), at.line, key));
  }
  const toml::table& table(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_table()) return *value;
    fail(node, fmt::format("\"{}\" must be a table", key));
  }
  const toml::array& array(const toml::table& table, std::string_view key) const {
    static const toml::array kEmpty;
    const auto* const node = table.get(key);
    if (node == nullptr) return kEmpty;
    if (const auto* const value = node->as_array()) return *value;
    fail(*node, fmt::format("\"{}\" must be a list", key));
  }
  std::vector<const toml::table*> tables(const toml::table& root, std::string_view key) const {
    std::vector<const toml::table*> result;
    for (const auto& node : array(root, key)) result.push_back(&table(node, key));
    return result;
  }

  /// A program's path as the suite means it: one with a slash is relative to the suite's own
  /// folder.
  [[nodiscard]] fs::path beside_suite(const std::string& path) const {
    if (path.find('/') == std::string::npos || fs::path(path).is_absolute()) return path;
    return fs::absolute(origin_).parent_path() / path;
  }

  void read_targets(const toml::table& definitions, Suite& suite) const {
    for (const auto& [key, node] : definitions) {
      const std::string name(key.str());
      constexpr std::string_view kAllowed =
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
      if (name.empty() || name.find_first_not_of(kAllowed) != std::string::npos ||
          name == "control") {
        fail(node, fmt::format("\"{}\" can't be a target's name", name),
             "use letters, digits, '-', '_' and '.'; \"control\" is taken by the A/A arm");
      }
      Target target{name, {}, {}, {}};
      for (const auto& [option, value] : table(node, name)) {
        const std::string word(option.str());
        if (word == "driver") {
          target.driver = as_text(value, word);
        } else {
          target.options[word] = option_text(value, word);
        }
      }
      if (target.driver.empty()) {
        fail(node, fmt::format("target \"{}\" has no driver", name), "add driver = \"docker\"");
      }
      suite.target_definitions[name] = std::move(target);
    }
  }

  std::string option_text(const toml::node& node, const std::string& key) const {
    if (const auto* const value = node.as_string()) return value->get();
    if (const auto* const value = node.as_integer()) return fmt::format("{}", value->get());
    if (const auto* const value = node.as_boolean()) return value->get() ? "true" : "false";
    if (const auto* const value = node.as_floating_point()) return fmt::format("{}", value->get());
    fail(node, fmt::format("option \"{}\" must be a text, a number or true/false", key));
  }

  SuiteWorkloads read_workloads(const toml::table& entry) const {
    only_keys(entry, {"program", "with", "names", "arguments", "min_time"});
    SuiteWorkloads workloads;
    if (const auto program = text(entry, "program")) workloads.program = beside_suite(*program);
    for (const auto& file : texts(entry, "with")) workloads.with.push_back(beside_suite(file));
    workloads.names = texts(entry, "names");
    workloads.arguments = texts(entry, "arguments");
    workloads.min_time = duration(entry, "min_time");
    return workloads;
  }

  SuiteCommand read_command(const toml::table& entry) const {
    only_keys(entry, {"name", "words"});
    SuiteCommand command{text(entry, "name").value_or(""), texts(entry, "words")};
    if (command.words.empty()) {
      fail(entry, "a command has no words", "add words = [\"/usr/bin/sort\", \"--version\"]");
    }
    command.words[0] = beside_suite(command.words[0]).string();
    if (command.name.empty()) command.name = fs::path(command.words[0]).filename().string();
    return command;
  }

  /// Every key but `name` is a parameter; which ones there are, the experiment says later.
  SuiteExperiment read_experiment(const toml::table& entry) const {
    SuiteExperiment experiment{text(entry, "name").value_or(""), {}};
    if (experiment.name.empty()) {
      fail(entry, "an experiment has no name", "add name = \"burst\"");
    }
    for (const auto& [key, node] : entry) {
      const std::string parameter(key.str());
      if (parameter == "name") continue;
      auto& values = experiment.parameters[parameter];
      if (const auto* const list = node.as_array()) {
        for (const auto& value : *list) values.push_back(option_text(value, parameter));
      } else {
        values.push_back(option_text(node, parameter));
      }
    }
    return experiment;
  }

  fs::path origin_;
};

}  // namespace

Suite parse_suite(std::string_view text, const fs::path& origin) try {
  const toml::table root = toml::parse(text, origin.string());
  return SuiteReader(origin).read(root);
} catch (const toml::parse_error& error) {
  const auto at = error.source().begin;
  throw UsageError(fmt::format("read suite {}:{}:{}", origin.string(), at.line, at.column),
                   std::string(error.description()), "the file is not valid TOML");
}

Suite load_suite(const std::string& name_or_file) {
  std::vector<std::string> names;
  for (const auto& suite : built_in_suites()) {
    if (suite.name == name_or_file) {
      return parse_suite(suite.toml, fmt::format("{}.toml", suite.name));
    }
    names.emplace_back(suite.name);
  }
  std::error_code ignored;
  if (!fs::is_regular_file(name_or_file, ignored)) {
    throw UsageError(fmt::format("load suite \"{}\"", name_or_file),
                     "no built-in suite has that name and no file is there",
                     suggest(name_or_file, names) + "; or give the path of a .toml file");
  }
  std::ifstream file(name_or_file, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file || !content) {
    throw UsageError(fmt::format("read suite {}", name_or_file), "the file can't be read",
                     "check its permissions");
  }
  return parse_suite(content.str(), name_or_file);
}

}  // namespace strata::bench
