#include "plots/site/site.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "plots/chart.h"
#include "plots/embedded_files.h"
#include "plots/html.h"
#include "plots/site/atom_feed.h"
#include "plots/site/site_data.h"
#include "plots/site/site_pages.h"
#include "results/json_text.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

namespace fs = std::filesystem;

/// Says that a folder is a site of ours, and may be replaced.
constexpr auto kMark = "strata-site";

class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}

  /// A site is made anew each time: what matters is that it is whole, not that it is on the disk.
  void write(const fs::path& name, std::string_view text) {
    const auto file = path_ / name;
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) throw system_error("write " + file.string(), errno);
    ++files_;
  }
  void make(const fs::path& name) {
    std::error_code failed;
    fs::create_directories(path_ / name, failed);
    if (failed) throw Error("make " + (path_ / name).string(), failed.message());
  }
  /// Makes room for a new site. Throws UsageError for a folder with anything else in it.
  void clear() {
    std::error_code failed;
    make("");
    if (!fs::is_empty(path_, failed) && !fs::exists(path_ / kMark, failed)) {
      throw UsageError("write a site into " + path_.string(), "the folder holds something else",
                       "name a new folder, or an earlier site's");
    }
    for (const auto* const part : {"runs", "trends", "data", "assets"}) {
      fs::remove_all(path_ / part, failed);
      make(part);
    }
  }
  [[nodiscard]] std::size_t files() const { return files_; }

 private:
  fs::path path_;
  std::size_t files_ = 0;
};

}  // namespace

SiteSize write_site(const results::History& history, const fs::path& path,
                    const SiteOptions& options) {
  const auto data = read_site_data(history);
  Folder folder(path);
  folder.clear();
  folder.write(kMark, "A site that `strata site` wrote, and replaces.\n");
  folder.write("assets/site.css", embedded::page_style());
  folder.write("assets/vega.js", std::string(embedded::vega()) + "\n" +
                                     std::string(embedded::vega_lite()) + "\n" +
                                     std::string(embedded::vega_interpreter()));
  folder.write("assets/site.js",
               "const chartConfig = " + results::dumped(chart_config("currentColor")) + ";\n" +
                   std::string(embedded::draw_script()) + std::string(embedded::site_script()));
  folder.write("index.html", index_page(data, options));
  folder.write("feed.xml", atom_feed(data, options));
  for (std::size_t place = 0; place < data.runs.size(); ++place) {
    folder.write(fmt::format("runs/{}.html", data.runs[place].id), run_page(data, options, place));
  }
  for (const auto& [group, cells] : data.groups) {
    folder.write(fmt::format("trends/{}.html", id_of(group)), trends_page(data, options, group));
  }
  for (const auto& cell : data.cells)
    folder.write(fmt::format("data/{}.js", cell.file), cell_data(data, cell));
  return {data.runs.size(), data.cells.size(), folder.files()};
}

}  // namespace strata::plots
