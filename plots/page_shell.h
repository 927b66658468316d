#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace strata::plots {

/// A page that stands by itself: style, scripts and data are in it, and its Content-Security-Policy
/// lets nothing else run and nothing be fetched.
struct Page {
  std::string title;
  std::string body;   ///< HTML
  std::string style;  ///< further rules, behind the page's own
};

/// The page as one file. `data` (charts, details) is what its script reads; Vega comes with it if
/// `with_vega` and it is built in.
std::string page_html(const Page& page, const nlohmann::json& data, bool with_vega);

/// SHA-256 in Base64, as a Content-Security-Policy names a script.
std::string policy_hash(std::string_view text);

std::string base64(std::string_view bytes);

}  // namespace strata::plots
