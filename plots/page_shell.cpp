#include "plots/page_shell.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "plots/embedded_files.h"
#include "plots/texts.h"
#include "results/gzip.h"
#include "results/json_text.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

/// A script that the page runs once it has been painted: a browser neither reads nor runs an
/// element of this type, so that Vega doesn't stand in the way of the first sight. It comes packed:
/// 0.8 MB of code would be a quarter of what a page may weigh.
std::string later_script(std::string_view name, std::string_view code) {
  return fmt::format("<script type=\"text/plain\" data-later=\"{}\">{}</script>\n", name,
                     base64(results::gzipped(code)));
}

/// Nothing may end the element early.
std::string_view checked(std::string_view code) {
  for (const auto* const end : {"</script", "<!--"}) {
    if (code.find(end) != std::string_view::npos) {
      throw Error("put a script into a page", fmt::format("it contains {}", end),
                  "pin another version of it in plots/package.json");
    }
  }
  return code;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string policy_hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw Error("compute a script's SHA-256", "OpenSSL failed");
  }
  return "'sha256-" + base64({reinterpret_cast<const char*>(digest.data()), length}) + "'";
}

std::string page_html(const Page& page, const nlohmann::json& data, bool with_vega) {
  const auto style = std::string(embedded::page_style()) + page.style;
  const auto script =
      std::string(checked(embedded::draw_script())) + std::string(checked(embedded::page_script()));
  std::string scripts;
  std::string allowed = policy_hash(script);
  if (with_vega && has_vega()) {
    for (const auto& [name, code] :
         {std::pair{"vega", embedded::vega()}, std::pair{"vega-lite", embedded::vega_lite()},
          std::pair{"vega-interpreter", embedded::vega_interpreter()}}) {
      scripts += later_script(name, code);
      allowed += " " + policy_hash(code);
    }
  }
  std::string html;
  html.reserve(style.size() + page.body.size() + scripts.size() + script.size() + (1UL << 20U));
  html += fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {}; "
      "style-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      allowed, policy_hash(style), escaped(page.title), style);
  html += page.body;
  html += "\n<script type=\"application/json\" id=\"data\">";
  html += script_safe(results::dumped(data));
  html += "</script>\n";
  html += scripts;
  html += fmt::format("<script>{}</script>\n</body>\n</html>\n", script);
  return html;
}

}  // namespace strata::plots
