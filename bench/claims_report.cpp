#include "bench/claims_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/numbers.h"
#include "results/json_text.h"

namespace strata::bench {
namespace {

using results::CheckedClaim;
using results::Claim;
using results::ClaimRow;
using results::ClaimVerdict;
using Json = nlohmann::json;

std::string source_text(const Claim& claim) {
  const auto& source = claim.source;
  auto text = source.title;
  if (!source.section.empty()) text += ", " + source.section;
  if (source.year != 0) text += fmt::format(", {}", source.year);
  if (!source.reference.empty()) text += ", " + source.reference;
  if (!claim.verified) text += " (figure not read in its source)";
  return text;
}

std::string value_text(double value, const std::string& unit) {
  return format_significant(value) + (unit.empty() || unit == "x" ? unit : " " + unit);
}

std::string bound_text(const Claim& claim, const ClaimRow& row) {
  switch (claim.relation) {
    case Claim::Relation::kAtMost:
      return "at most " + value_text(row.bound, row.unit);
    case Claim::Relation::kAtLeast:
      return "at least " + value_text(row.bound, row.unit);
    default:
      return fmt::format("within {} %", format_significant(row.bound * 100));
  }
}

std::string statistic_text(const Claim& claim) {
  if (claim.kind == Claim::Kind::kRatio) return "cost over " + claim.baseline;
  if (claim.kind == Claim::Kind::kDifference) return "more than " + claim.baseline;
  return claim.quantile == 0.5 ? "median" : fmt::format("p{:.0f}", claim.quantile * 100);
}

std::string estimate_text(const ClaimRow& row) {
  if (!row.estimate || !row.estimate->interval) return "-";
  return fmt::format("{} [{}, {}]", value_text(row.estimate->value, row.unit),
                     format_significant(row.estimate->interval->low),
                     format_significant(row.estimate->interval->high));
}

std::string verdict_text(const ClaimRow& row) {
  std::string text(name_of(row.verdict));
  if (!row.why.empty()) text += ": " + row.why;
  if (row.more_blocks) text += fmt::format(" (about {} more blocks)", *row.more_blocks);
  return row.decides ? text : text + " (beside it)";
}

/// "os/getppid  real_time  cost over process  1.10x [1.09, 1.12]  at most 1.05x  refuted"
std::vector<std::string> texts_of(const CheckedClaim& checked, const ClaimRow& row) {
  return {row.workload.empty() ? "(all)" : row.workload,
          checked.claim.target,
          row.measured,
          statistic_text(checked.claim),
          estimate_text(row),
          bound_text(checked.claim, row),
          verdict_text(row)};
}

const char* colour_of(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::kSupported:
      return kGreen;
    case ClaimVerdict::kRefuted:
    case ClaimVerdict::kInvalid:
      return kRed;
    case ClaimVerdict::kUndecided:
      return kYellow;
    default:
      return "";
  }
}

std::string tally(const std::vector<results::HeldClaims>& files) {
  std::map<ClaimVerdict, std::size_t> counts;
  for (const auto& file : files) {
    for (const auto& claim : file.claims) ++counts[claim.verdict];
  }
  std::string text;
  for (const auto& [verdict, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(verdict));
  }
  return text;
}

std::string escaped(const std::string& text, bool xml) {
  std::string result;
  for (const char c : text) {
    if (xml && c == '<') {
      result += "&lt;";
    } else if (xml && c == '&') {
      result += "&amp;";
    } else if (xml && c == '"') {
      result += "&quot;";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += ' ';  // XML has no such characters, and a new line would end a Markdown row
    } else {
      if (!xml && (c == '|' || c == '\\' || c == '*' || c == '_' || c == '<' || c == '`')) {
        result += '\\';
      }
      result += c;
    }
  }
  return result;
}
std::string for_markdown(const std::string& text) { return escaped(text, false); }
std::string for_xml(const std::string& text) { return escaped(text, true); }

Json to_json(const CheckedClaim& checked) {
  const auto& claim = checked.claim;
  Json json{{"id", claim.id},
            {"statement", claim.statement},
            {"source", source_text(claim)},
            {"verified", claim.verified},
            {"verdict", name_of(checked.verdict)},
            {"rows", Json::array()}};
  if (!checked.why.empty()) json["why"] = checked.why;
  for (const auto& row : checked.rows) {
    Json entry{{"workload", row.workload},
               {"target", claim.target},
               {"measured", row.measured},
               {"statistic", statistic_text(claim)},
               {"unit", row.unit},
               {"bound", row.bound},
               {"claimed", bound_text(claim, row)},
               {"decides", row.decides},
               {"verdict", name_of(row.verdict)}};
    if (!row.why.empty()) entry["why"] = row.why;
    if (row.more_blocks) entry["more_blocks"] = *row.more_blocks;
    if (row.estimate && row.estimate->interval) {
      entry["value"] = row.estimate->value;
      entry["interval"] = {row.estimate->interval->low, row.estimate->interval->high};
      entry["count"] = row.estimate->count;
    }
    json["rows"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace

std::string claims_table(const std::vector<results::HeldClaims>& files, bool colour) {
  std::string text;
  for (const auto& [file, claims] : files) {
    text += fmt::format("{}: {}\n\n", file.name, file.description);
    for (const auto& checked : claims) {
      std::string verdict(name_of(checked.verdict));
      const std::string code = colour_of(checked.verdict);
      if (colour && !code.empty()) verdict = code + verdict + "\033[0m";
      text += fmt::format("{}  {}\n  {}\n  {}\n", verdict, checked.claim.id,
                          checked.claim.statement, source_text(checked.claim));
      if (checked.rows.empty()) text += fmt::format("  {}\n", checked.why);
      std::vector<std::vector<ColumnText>> lines;
      for (const auto& row : checked.rows) {
        auto& line = lines.emplace_back();
        line.push_back({"   ", ""});
        for (auto& piece : texts_of(checked, row)) line.push_back({std::move(piece), ""});
        line.back().colour = colour_of(row.verdict);
      }
      text += lay_out(lines, colour) + "\n";
    }
  }
  return text + tally(files) +
         "\nintervals are two-sided 90 %, so that each side holds with 95 % (unless a claim asks "
         "for another confidence)\n";
}

std::string claims_markdown(const std::vector<results::HeldClaims>& files) {
  std::string text = fmt::format("### Claims: {}\n\n", tally(files));
  for (const auto& [file, claims] : files) {
    text += fmt::format(
        "#### {}\n\n| CLAIM | WORKLOAD | TARGET | MEASURED | STATISTIC | [90 %] | CLAIMED | "
        "VERDICT "
        "|\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
        for_markdown(file.name));
    for (const auto& checked : claims) {
      const auto id = for_markdown(checked.claim.id);
      if (checked.rows.empty()) {
        text +=
            fmt::format("| {} | | {} | | | | | {}: {} |\n", id, for_markdown(checked.claim.target),
                        name_of(checked.verdict), for_markdown(checked.why));
      }
      for (const auto& row : checked.rows) {
        text += "| " + id + " |";
        for (const auto& piece : texts_of(checked, row)) text += " " + for_markdown(piece) + " |";
        text += "\n";
      }
    }
    text += "\n";
  }
  return text;
}

std::string claims_json(const std::vector<results::HeldClaims>& files) {
  Json json{{"files", Json::array()}};
  for (const auto& [file, claims] : files) {
    Json entry{{"name", file.name}, {"description", file.description}, {"claims", Json::array()}};
    for (const auto& checked : claims) entry["claims"].push_back(to_json(checked));
    json["files"].push_back(std::move(entry));
  }
  return results::dumped(json, 2) + "\n";
}

std::string claims_junit(const std::vector<results::HeldClaims>& files, bool strict) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [file, claims] : files) {
    std::size_t failed = 0;
    std::size_t skipped = 0;
    std::string cases;
    for (const auto& checked : claims) {
      std::string rows;
      for (const auto& row : checked.rows) {
        rows += fmt::format("{}: ", fmt::join(texts_of(checked, row), " "));
      }
      const bool open = checked.verdict == ClaimVerdict::kUndecided;
      const bool fails = checked.verdict == ClaimVerdict::kRefuted ||
                         checked.verdict == ClaimVerdict::kInvalid || (open && strict);
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", for_xml(file.name),
                           for_xml(checked.claim.id));
      if (checked.verdict == ClaimVerdict::kSupported) {
        cases += "/>\n";
        continue;
      }
      (fails ? failed : skipped) += 1;
      const auto why = fmt::format("{}{}{}", name_of(checked.verdict),
                                   checked.why.empty() ? "" : ": ", checked.why);
      cases += fmt::format(">\n      <{0} message=\"{1}\">{2}</{0}>\n    </testcase>\n",
                           fails ? "failure" : "skipped", for_xml(why), for_xml(rows));
    }
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}  </testsuite>\n",
        for_xml(file.name), claims.size(), failed, skipped, cases);
  }
  return text + "</testsuites>\n";
}

int claims_exit_code(const std::vector<results::HeldClaims>& files, bool strict) {
  const auto any = [&](ClaimVerdict verdict) {
    return std::ranges::any_of(files, [&](const results::HeldClaims& file) {
      return std::ranges::any_of(
          file.claims, [&](const CheckedClaim& claim) { return claim.verdict == verdict; });
    });
  };
  if (any(ClaimVerdict::kInvalid)) return 4;
  if (any(ClaimVerdict::kRefuted)) return 1;
  return strict && any(ClaimVerdict::kUndecided) ? 3 : 0;
}

}  // namespace strata::bench
