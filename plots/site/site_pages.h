#pragma once

#include <string>

#include "plots/site/site.h"
#include "plots/site/site_data.h"

namespace strata::plots {

/// The pages of a site. Their style and scripts are files beside them, and nothing else may run.
std::string index_page(const SiteData& data, const SiteOptions& options);
/// Every cell of one run; `place` in SiteData::runs.
std::string run_page(const SiteData& data, const SiteOptions& options, std::size_t place);
/// The trends of a group: each cell's is drawn when it is opened.
std::string trends_page(const SiteData& data, const SiteOptions& options, const std::string& group);
/// What the trends page loads of a cell: a script that hands over its chart.
std::string cell_data(const SiteData& data, const SiteCell& cell);

}  // namespace strata::plots
