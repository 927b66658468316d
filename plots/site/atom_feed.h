#pragma once

#include <string>

#include "plots/site/site.h"
#include "plots/site/site_data.h"

namespace strata::plots {

/// An Atom feed (RFC 4287) of the confirmed changes, newest first.
std::string atom_feed(const SiteData& data, const SiteOptions& options);

/// "15 % dearer" or "8 % cheaper".
std::string change_text(const results::Change& change);

}  // namespace strata::plots
