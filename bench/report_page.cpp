#include "bench/report_page.h"

#include <optional>
#include <utility>

#include "plots/report.h"
#include "results/output_file.h"

namespace strata::bench {
namespace {

std::vector<plots::HeldClaims> hold(const std::vector<std::string>& names,
                                    const std::filesystem::path& result) {
  std::vector<results::ClaimFile> files;
  files.reserve(names.size());
  for (const auto& name : names) files.push_back(results::load_claims(name));
  std::vector<plots::HeldClaims> held;
  if (files.empty()) return held;
  const auto run = results::read_for_claims(result, files);
  for (auto& file : files) {
    auto checked = results::check_claims(file, run);
    held.push_back({std::move(file), std::move(checked)});
  }
  return held;
}

}  // namespace

std::filesystem::path write_report_page(const ReportPage& page) {
  const auto view = plots::RunView::load(page.result);
  std::optional<plots::RunView> second;
  if (!page.second.empty()) second.emplace(plots::RunView::load(page.second));
  auto path = page.output.empty() ? view.file().parent_path() / "report.html" : page.output;
  results::replace_file(path, plots::report_html({view, second ? &*second : nullptr,
                                                  hold(page.claims, view.file()), page.history}));
  return path;
}

}  // namespace strata::bench
