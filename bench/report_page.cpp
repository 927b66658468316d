#include "bench/report_page.h"

#include <optional>
#include <utility>

#include "plots/report.h"
#include "results/output_file.h"

namespace strata::bench {

std::filesystem::path write_report_page(ReportPage page) {
  const auto view = plots::RunView::load(page.result);
  std::optional<plots::RunView> second;
  if (!page.second.empty()) second.emplace(plots::RunView::load(page.second));
  auto path = page.output.empty() ? view.file().parent_path() / "report.html" : page.output;
  results::replace_file(path, plots::report_html({view, second ? &*second : nullptr,
                                                  std::move(page.claims), page.history}));
  return path;
}

}  // namespace strata::bench
