#pragma once

#include <string_view>

namespace strata::plots {

/// Files that were compiled in: nothing has to be found at run time. The bundles of Vega are empty
/// in a build without npm: see has_vega().
namespace embedded {
std::string_view vega();
std::string_view vega_lite();
std::string_view vega_interpreter();
std::string_view page_style();
std::string_view draw_script();  ///< before each of the following
std::string_view page_script();
std::string_view site_script();
std::string_view render_script();  ///< for Node.js: reads a specification, prints an SVG
}  // namespace embedded

/// Whether charts can be drawn.
inline bool has_vega() { return !embedded::vega().empty(); }

}  // namespace strata::plots
