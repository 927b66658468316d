#include <fmt/format.h>
#include <fnmatch.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "results/claims/claim.h"
#include "results/units.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

template <typename T>
using Words = std::initializer_list<std::pair<std::string_view, T>>;

/// Reads one file's tables; knows the file's name, so that every error says where.
class ClaimReader {
 public:
  explicit ClaimReader(const fs::path& origin) : origin_(origin) {}

  ClaimFile read(const toml::table& root) {
    only_keys(root, {"description", "claim"});
    ClaimFile file;
    file.name = origin_.stem().string();
    file.description = text(root, "description");
    const auto* const list = root.get("claim");
    if (list == nullptr || list->as_array() == nullptr || list->as_array()->empty()) {
      fail(root, "the file claims nothing", "add [[claim]]");
    }
    std::set<std::string> ids;
    for (const auto& node : *list->as_array()) {
      const auto* const table = node.as_table();
      if (table == nullptr) fail(node, "\"claim\" must be a list of tables", "write [[claim]]");
      file.claims.push_back(read_claim(*table));
      if (!ids.insert(file.claims.back().id).second) {
        fail(*table, fmt::format("a second claim is called \"{}\"", file.claims.back().id));
      }
    }
    return file;
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& said,
                         const std::string& do_next = {}) const {
    fail_at(node.source().begin, said, do_next);
  }
  [[noreturn]] void fail_at(const toml::source_position& at, const std::string& said,
                            const std::string& do_next) const {
    throw UsageError(fmt::format("read claims {}:{}:{}", origin_.string(), at.line, at.column),
                     said, do_next);
  }

  void only_keys(const toml::table& table, std::initializer_list<std::string_view> known) const {
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      fail_at(key.source().begin, fmt::format("unknown key \"{}\"", name), suggest(name, names));
    }
  }

  std::string as_text(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_string()) return value->get();
    fail(node, fmt::format("\"{}\" must be a text in quotes", key));
  }
  std::string text(const toml::table& table, std::string_view key) const {
    const auto* const node = table.get(key);
    return node == nullptr ? std::string() : as_text(*node, key);
  }
  std::string needed(const toml::table& table, std::string_view key) const {
    auto value = text(table, key);
    if (value.empty()) fail(table, fmt::format("the claim has no \"{}\"", key));
    return value;
  }
  std::vector<std::string> texts(const toml::table& table, std::string_view key) const {
    const auto* const node = table.get(key);
    if (node == nullptr) return {};
    if (node->is_string()) return {as_text(*node, key)};
    const auto* const list = node->as_array();
    if (list == nullptr) fail(*node, fmt::format("\"{}\" must be a text or a list", key));
    std::vector<std::string> result;
    for (const auto& one : *list) result.push_back(as_text(one, key));
    return result;
  }
  std::optional<double> number(const toml::table& table, std::string_view key) const {
    const auto* const node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value<double>();
    if (!value || !std::isfinite(*value) || node->is_boolean()) {
      fail(*node, fmt::format("\"{}\" must be a number", key));
    }
    return value;
  }
  template <typename T>
  T word(const toml::table& table, std::string_view key, const std::string& given,
         Words<T> words) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
      if (name == given) return value;
      names.emplace_back(name);
    }
    const auto* const node = table.get(key);
    fail(node == nullptr ? table : *node, fmt::format("\"{}\" can't be \"{}\"", key, given),
         suggest(given, names));
  }
  Stamp stamp(const toml::table& table, std::string_view key, const std::string& name) const {
    if (const auto found = stamp_named(name)) return *found;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kStampCount; ++i) {
      names.emplace_back(name_of(static_cast<Stamp>(i)));
    }
    fail(*table.get(key), fmt::format("there is no event \"{}\"", name), suggest(name, names));
  }

  ClaimSource read_source(const toml::table& claim) const {
    const auto* const node = claim.get("source");
    if (node == nullptr || node->as_table() == nullptr) {
      fail(claim, "the claim has no source",
           "add source = { title = \"…\", year = 2020, url = \"…\" }");
    }
    const auto& table = *node->as_table();
    only_keys(table, {"title", "section", "year", "doi", "url"});
    ClaimSource source{needed(table, "title"), text(table, "section"), 0, text(table, "doi")};
    if (source.reference.empty()) source.reference = text(table, "url");
    source.year = static_cast<int>(number(table, "year").value_or(0));
    return source;
  }

  Claim read_claim(const toml::table& table) const {
    only_keys(table, {"id", "statement", "source", "verified", "unmeasurable", "metric", "from",
                      "to", "workloads", "target", "baseline", "kind", "statistic", "relation",
                      "bound", "unit", "confidence", "needs"});
    Claim claim;
    claim.id = needed(table, "id");
    claim.statement = needed(table, "statement");
    claim.source = read_source(table);
    if (const auto* const node = table.get("verified")) {
      const auto* const value = node->as_boolean();
      if (value == nullptr) fail(*node, "\"verified\" must be true or false");
      claim.verified = value->get();
    }
    claim.unmeasurable = text(table, "unmeasurable");
    if (!claim.unmeasurable.empty()) return claim;
    read_what(table, claim);
    read_bound(table, claim);
    return claim;
  }

  void read_what(const toml::table& table, Claim& claim) const {
    claim.metric = text(table, "metric");
    for (const auto& name : texts(table, "from")) claim.from.push_back(stamp(table, "from", name));
    if (const auto name = text(table, "to"); !name.empty()) claim.to = stamp(table, "to", name);
    if (claim.metric.empty() == claim.from.empty() || claim.from.empty() == claim.to.has_value()) {
      fail(table, "a claim is about a \"metric\", or about the time \"from\" an event \"to\" one",
           "give one of the two");
    }
    claim.workloads = texts(table, "workloads");
    claim.target = needed(table, "target");
    claim.baseline = text(table, "baseline");
    claim.needs = texts(table, "needs");
    for (const auto& need : claim.needs) {
      static_cast<void>(word<int>(table, "needs", need, {{"kvm", 0}, {"bare-kvm", 0}}));
    }
  }

  void read_bound(const toml::table& table, Claim& claim) const {
    claim.kind = word<Claim::Kind>(table, "kind", needed(table, "kind"),
                                   {{"ratio", Claim::Kind::kRatio},
                                    {"difference", Claim::Kind::kDifference},
                                    {"absolute", Claim::Kind::kAbsolute}});
    claim.relation = word<Claim::Relation>(table, "relation", needed(table, "relation"),
                                           {{"at most", Claim::Relation::kAtMost},
                                            {"at least", Claim::Relation::kAtLeast},
                                            {"within", Claim::Relation::kWithin}});
    const auto statistic = text(table, "statistic");
    claim.quantile = word<double>(table, "statistic", statistic.empty() ? "median" : statistic,
                                  {{"median", 0.5}, {"p90", 0.9}, {"p99", 0.99}});
    const auto bound = number(table, "bound");
    if (!bound) fail(table, "the claim has no \"bound\"");
    claim.unit = text(table, "unit");
    const auto unit = unit_named(claim.unit);
    if (!unit)
      fail(*table.get("unit"), fmt::format("\"{}\" is no unit", claim.unit),
           "such as ns, us, ms, s, B, KiB, MiB, GiB, B/s, Gb/s, 1/s, x, %");
    claim.bound = *bound;
    const bool is_ratio = claim.kind == Claim::Kind::kRatio;
    if (is_ratio) {
      if (unit->dimension != Dimension::kPlain) {
        fail(*table.get("unit"), "a ratio has no unit but x or %");
      }
      claim.bound *= unit->factor;
      if (!(claim.bound > 0)) fail(*table.get("bound"), "a ratio's bound must be above 0");
    }
    if (claim.relation == Claim::Relation::kWithin && !is_ratio) {
      fail(table, "\"within\" is a relation of ratios");
    }
    if (claim.kind == Claim::Kind::kAbsolute ? !claim.baseline.empty() : claim.baseline.empty()) {
      fail(table, "a ratio and a difference need a \"baseline\", an absolute value has none");
    }
    if (claim.quantile != 0.5 && claim.kind != Claim::Kind::kAbsolute) {
      fail(*table.get("statistic"), "ratios and differences are of medians");
    }
    claim.confidence = number(table, "confidence").value_or(0.95);
    if (!(claim.confidence >= 0.8 && claim.confidence <= 0.999)) {
      fail(*table.get("confidence"), "\"confidence\" must be from 0.8 to 0.999");
    }
  }

  fs::path origin_;
};

}  // namespace

ClaimFile parse_claims(std::string_view toml, const fs::path& origin) try {
  const toml::table root = toml::parse(toml, origin.string());
  return ClaimReader(origin).read(root);
} catch (const toml::parse_error& error) {
  const auto at = error.source().begin;
  throw UsageError(fmt::format("read claims {}:{}:{}", origin.string(), at.line, at.column),
                   std::string(error.description()), "the file is not valid TOML");
}

ClaimFile load_claims(const std::string& name_or_file) {
  std::vector<std::string> names;
  for (const auto& shipped : shipped_claims()) {
    if (shipped.name == name_or_file) {
      return parse_claims(shipped.toml, fmt::format("{}.toml", shipped.name));
    }
    names.emplace_back(shipped.name);
  }
  std::error_code ignored;
  if (!fs::is_regular_file(name_or_file, ignored)) {
    throw UsageError(fmt::format("load claims \"{}\"", name_or_file),
                     "no shipped claims have that name and no file is there",
                     suggest(name_or_file, names) + "; or give the path of a .toml file");
  }
  std::ifstream file(name_or_file, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file || !content) {
    throw UsageError(fmt::format("read claims {}", name_or_file), "the file can't be read",
                     "check its permissions");
  }
  return parse_claims(content.str(), name_or_file);
}

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

}  // namespace strata::results
