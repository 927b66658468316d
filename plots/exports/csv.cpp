#include "plots/exports/exports.h"
#include "plots/findings.h"
#include "results/json_text.h"

namespace strata::plots {
namespace {

/// A field as RFC 4180 has it.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

void add_number(std::string& line, double value) {
  line += ',';
  results::append_number(line, value);
}

/// Value, lower and upper bound; nothing between the commas for what there is not.
void add_estimate(std::string& line, const results::Estimate* estimate) {
  if (estimate == nullptr) {
    line += ",,,";
    return;
  }
  add_number(line, estimate->value);
  if (!estimate->interval) {
    line += ",,";
    return;
  }
  add_number(line, estimate->interval->low);
  add_number(line, estimate->interval->high);
}

}  // namespace

std::string cells_csv(const RunView& view) {
  std::string csv =
      "workload,target,metric,unit,better,trials,failed,median,median_low,median_high,"
      "ratio,ratio_low,ratio_high,noise_floor,found\r\n";
  for (const auto& row : view.rows()) {
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      if (cell.summary == nullptr) continue;
      const auto& summary = *cell.summary;
      std::string line = field(row.workload) + "," + field(target.name) + "," + field(row.metric) +
                         "," + field(summary.unit) +
                         (summary.better == Better::kHigher ? ",higher," : ",lower,");
      results::append_number(line, std::uint64_t{summary.location.count});
      line += ',';
      results::append_number(line, std::uint64_t{summary.failed});
      add_estimate(line, summary.location.count > 0 ? &summary.location : nullptr);
      add_estimate(line, cell.ratio ? &*cell.ratio : nullptr);
      line += ',';
      if (cell.noise_floor) results::append_number(line, *cell.noise_floor);
      csv += line + "," + field(finding_text(cell)) + "\r\n";
    }
  }
  return csv;
}

}  // namespace strata::plots
