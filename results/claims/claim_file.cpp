#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "results/claims/claim.h"
#include "results/units.h"
#include "results/vocabulary/near_match.h"

namespace strata::results {
namespace {

Stamp stamp_of(const TomlTable& table, std::string_view key, const std::string& name) {
  if (const auto found = stamp_named(name)) return *found;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kStampCount; ++i) {
    names.emplace_back(name_of(static_cast<Stamp>(i)));
  }
  table.fail_at(key, fmt::format("there is no event \"{}\"", name), suggest(name, names));
}

ClaimSource read_source(const TomlTable& claim) {
  if (!claim.has("source")) {
    claim.fail("the claim has no source",
               "add source = { title = \"…\", year = 2020, url = \"…\" }");
  }
  const auto table = *claim.table("source");
  table.only_keys({"title", "section", "year", "doi", "url"});
  return {table.needed_text("title"), table.text("section").value_or(""),
          static_cast<int>(table.whole_number("year", 1900, 2200).value_or(0)),
          table.text("doi").value_or(table.text("url").value_or(""))};
}

void read_what(const TomlTable& table, Claim& claim) {
  claim.metric = table.text("metric").value_or("");
  for (const auto& name : table.texts("from")) {
    claim.from.push_back(stamp_of(table, "from", name));
  }
  if (const auto name = table.text("to")) claim.to = stamp_of(table, "to", *name);
  if (claim.metric.empty() == claim.from.empty() || claim.from.empty() == claim.to.has_value()) {
    table.fail("a claim is about a \"metric\", or about the time \"from\" an event \"to\" one",
               "give one of the two");
  }
  claim.workloads = table.texts("workloads");
  claim.target = table.needed_text("target");
  claim.baseline = table.text("baseline").value_or("");
  claim.needs = table.texts("needs");
  for (const auto& need : claim.needs) {
    static_cast<void>(table.meaning<int>("needs", need, {{"kvm", 0}, {"bare-kvm", 0}}));
  }
}

void read_bound(const TomlTable& table, Claim& claim) {
  claim.kind = table.meaning<Claim::Kind>("kind", table.needed_text("kind"),
                                          {{"ratio", Claim::Kind::kRatio},
                                           {"difference", Claim::Kind::kDifference},
                                           {"absolute", Claim::Kind::kAbsolute}});
  claim.relation = table.meaning<Claim::Relation>("relation", table.needed_text("relation"),
                                                  {{"at most", Claim::Relation::kAtMost},
                                                   {"at least", Claim::Relation::kAtLeast},
                                                   {"within", Claim::Relation::kWithin}});
  claim.quantile = table.meaning<double>("statistic", table.text("statistic").value_or("median"),
                                         {{"median", 0.5}, {"p90", 0.9}, {"p99", 0.99}});
  const auto bound = table.number("bound");
  if (!bound) table.fail("the claim has no \"bound\"");
  claim.unit = table.text("unit").value_or("");
  const auto unit = unit_named(claim.unit);
  if (!unit) {
    table.fail_at("unit", fmt::format("\"{}\" is no unit", claim.unit),
                  "such as ns, us, ms, s, B, KiB, MiB, GiB, B/s, Gb/s, 1/s, x, %");
  }
  claim.bound = *bound;
  const bool is_ratio = claim.kind == Claim::Kind::kRatio;
  if (is_ratio) {
    if (unit->dimension != Dimension::kPlain) {
      table.fail_at("unit", "a ratio has no unit but x or %");
    }
    claim.bound *= unit->factor;
    if (!(claim.bound > 0)) table.fail_at("bound", "a ratio's bound must be above 0");
  }
  if (claim.relation == Claim::Relation::kWithin && !is_ratio) {
    table.fail("\"within\" is a relation of ratios");
  }
  if (claim.kind == Claim::Kind::kAbsolute ? !claim.baseline.empty() : claim.baseline.empty()) {
    table.fail("a ratio and a difference need a \"baseline\", an absolute value has none");
  }
  if (claim.quantile != 0.5 && claim.kind != Claim::Kind::kAbsolute) {
    table.fail_at("statistic", "ratios and differences are of medians");
  }
  claim.confidence = table.number("confidence", 0.8, 0.999).value_or(0.95);
}

Claim read_claim(const TomlTable& table) {
  table.only_keys({"id", "statement", "source", "verified", "unmeasurable", "metric", "from", "to",
                   "workloads", "target", "baseline", "kind", "statistic", "relation", "bound",
                   "unit", "confidence", "needs"});
  Claim claim;
  claim.id = table.needed_text("id");
  claim.statement = table.needed_text("statement");
  claim.source = read_source(table);
  claim.verified = table.truth("verified").value_or(true);
  claim.unmeasurable = table.text("unmeasurable").value_or("");
  if (!claim.unmeasurable.empty()) return claim;
  read_what(table, claim);
  read_bound(table, claim);
  return claim;
}

ClaimFile read_claims(const TomlTable& root) {
  root.only_keys({"description", "claim"});
  ClaimFile file;
  file.name = root.origin().stem().string();
  file.description = root.text("description").value_or("");
  std::set<std::string> ids;
  for (const auto& table : root.tables("claim")) {
    file.claims.push_back(read_claim(table));
    if (!ids.insert(file.claims.back().id).second) {
      table.fail(fmt::format("a second claim is called \"{}\"", file.claims.back().id));
    }
  }
  if (file.claims.empty()) root.fail("the file claims nothing", "add [[claim]]");
  return file;
}

}  // namespace

ClaimFile parse_claims(std::string_view toml, const std::filesystem::path& origin) {
  return read_claims(TomlTable::parse(toml, origin, "claims"));
}

ClaimFile load_claims(const std::string& name_or_file) {
  return read_claims(load_toml(name_or_file, "claims", shipped_claims()));
}

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

}  // namespace strata::results
