#include "bench/nightly_config.h"

#include "bench/duration_text.h"
#include "results/toml_document.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

fs::path path_beside(const results::TomlTable& table, const fs::path& path) {
  if (path.is_absolute()) return path;
  return (fs::absolute(table.origin()).parent_path() / path).lexically_normal();
}

/// A word with a slash, or that ends as a file of ours does, is a path beside the configuration.
std::string beside(const results::TomlTable& table, const std::string& word) {
  const bool is_path = word.find('/') != std::string::npos || fs::path(word).extension() == ".toml";
  return is_path ? path_beside(table, word).string() : word;
}

}  // namespace

NightlyConfig load_nightly_config(const std::string& file) {
  const auto table = results::load_toml(file, "nightly configuration");
  table.only_keys({"folder", "suite", "blocks", "again_blocks", "budget", "watch", "claims",
                   "claims_budget", "site", "notify", "keep_nights", "keep_history_days"});
  NightlyConfig config;
  config.folder = path_beside(table, table.needed_text("folder"));
  config.suite = beside(table, table.needed_text("suite"));
  const auto number = [&](const char* key, std::int64_t least, std::uint32_t otherwise) {
    constexpr std::int64_t kMost = 100'000;
    return static_cast<std::uint32_t>(table.whole_number(key, least, kMost).value_or(otherwise));
  };
  // Six blocks are the least that give an interval.
  constexpr std::int64_t kLeastBlocks = 6;
  config.blocks = number("blocks", kLeastBlocks, config.blocks);
  config.again_blocks = number("again_blocks", kLeastBlocks, config.again_blocks);
  config.budget = read_duration(table, "budget");
  config.watch = table.texts("watch");
  for (const auto& word : table.texts("claims")) config.claims.push_back(beside(table, word));
  if (table.has("claims_budget")) config.claims_budget = read_duration(table, "claims_budget");
  if (table.has("site")) config.site = path_beside(table, table.needed_text("site"));
  config.notify = table.texts("notify");
  config.keep_nights = number("keep_nights", 1, config.keep_nights);
  if (table.has("keep_history_days")) {
    config.keep_history_days = number("keep_history_days", 30, 0);
  }
  return config;
}

}  // namespace strata::bench
