#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "results/history/history.h"

namespace strata::plots {

struct SiteOptions {
  std::string title = "Strata";
  /// Where the site will stand, such as "https://example.org/strata/"; for the feed's links, which
  /// are relative if it is empty.
  std::string base_url;
};

struct SiteSize {
  std::size_t runs = 0;
  std::size_t cells = 0;
  std::size_t files = 0;
};

/// Writes a history as a folder of static pages: index.html, a page for each run, a page for each
/// group of cells with their trends, whose data is loaded cell by cell as it is looked at, and
/// feed.xml (Atom) of confirmed changes. The pages work from disk and from any web server, and
/// fetch nothing from elsewhere. What an earlier call wrote into `folder` is replaced; throws
/// UsageError if it holds anything else.
SiteSize write_site(const results::History& history, const std::filesystem::path& folder,
                    const SiteOptions& options);

}  // namespace strata::plots
