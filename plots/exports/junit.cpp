#include <fmt/format.h>

#include "plots/exports/exports.h"
#include "plots/findings.h"
#include "plots/texts.h"

namespace strata::plots {

std::string cells_junit(const RunView& view) {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  std::string cases;
  const auto add = [&](const std::string& name, const std::string& target,
                       const std::string& content) {
    ++tests;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\">{}</testcase>\n",
                         escaped(target), escaped(name), content);
  };
  for (const auto& row : view.rows()) {
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      const auto text = text_of(cell);
      if (cell.finding == Finding::kAbsent) {
        ++skipped;
        add(row.label, target.name, "<skipped message=\"not measured\"/>");
      } else if (cell.finding == Finding::kFailed) {
        ++failures;
        std::string said;
        for (const auto& one : view.failed()) {
          if (one.workload == row.workload && one.target == target.name)
            said = to_string(one.first);
        }
        add(row.label, target.name,
            fmt::format("<failure message=\"every trial failed\">{}</failure>", escaped(said)));
      } else {
        add(row.label, target.name,
            fmt::format("<system-out>{} {}: {}</system-out>", escaped(text.number),
                        escaped(text.certain), escaped(finding_text(cell))));
      }
    }
  }
  for (const auto& [name, failure] : view.header().unavailable_targets) {
    ++skipped;
    add("all workloads", name,
        fmt::format("<skipped message=\"{}\"/>", escaped(to_string(failure))));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" "
      "tests=\"{}\" "
      "failures=\"{}\" skipped=\"{}\" timestamp=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
      escaped(view.header().suite), tests, failures, skipped, escaped(view.header().started_utc),
      cases);
}

}  // namespace strata::plots
