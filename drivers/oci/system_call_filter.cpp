#include "drivers/oci/system_call_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

#if defined(__x86_64__)
constexpr auto kArchitecture = "amd64";
constexpr auto kFilterArchitecture = "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
constexpr auto kArchitecture = "arm64";
constexpr auto kFilterArchitecture = "SCMP_ARCH_AARCH64";
#else
#error "add the machine's name in Go and in libseccomp"
#endif

/// A list of texts in an object; empty if there is none, or it is null.
std::vector<std::string> texts(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->get<std::vector<std::string>>();
}

bool has_any(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return std::find(there.begin(), there.end(), one) != there.end();
  });
}

/// Whether a rule's conditions hold.
bool applies(const Json& rule, const std::vector<std::string>& capabilities) {
  const std::vector<std::string> here{kArchitecture};
  if (const auto found = rule.find("includes"); found != rule.end() && found->is_object()) {
    const auto machines = texts(*found, "arches");
    if (!machines.empty() && !has_any(machines, here)) return false;
    const auto needed = texts(*found, "caps");
    if (!needed.empty() && !has_any(needed, capabilities)) return false;
  }
  if (const auto found = rule.find("excludes"); found != rule.end() && found->is_object()) {
    if (has_any(texts(*found, "arches"), here)) return false;
    if (has_any(texts(*found, "caps"), capabilities)) return false;
  }
  return true;
}

Json architectures(const Json& file) {
  Json list{kFilterArchitecture};
  for (const auto& one : file.at("archMap")) {
    if (one.at("architecture") != kFilterArchitecture) continue;
    for (const auto& below : texts(one, "subArchitectures")) list.push_back(below);
  }
  return list;
}

}  // namespace

Json system_call_filter(std::string_view text, const std::vector<std::string>& capabilities,
                        std::string_view origin) try {
  const auto file = Json::parse(text);
  Json filter{{"defaultAction", file.at("defaultAction")},
              {"architectures", architectures(file)},
              {"syscalls", Json::array()}};
  if (file.contains("defaultErrnoRet")) filter["defaultErrnoRet"] = file.at("defaultErrnoRet");
  for (const auto& rule : file.at("syscalls")) {
    if (!applies(rule, capabilities)) continue;
    Json kept{{"names", texts(rule, "names")}, {"action", rule.at("action")}};
    if (rule.contains("errnoRet")) kept["errnoRet"] = rule.at("errnoRet");
    if (rule.contains("args") && rule.at("args").is_array() && !rule.at("args").empty()) {
      kept["args"] = rule.at("args");
    }
    filter["syscalls"].push_back(std::move(kept));
  }
  return filter;
} catch (const Json::exception& error) {
  throw Error(fmt::format("read the filter of system calls in {}", origin), error.what(),
              "install golang-github-containers-common again, or write seccomp = \"off\"");
}

}  // namespace strata::drivers
