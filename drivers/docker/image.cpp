#include "drivers/docker/image.h"

#include <fmt/format.h>

#include <sstream>

#include "drivers/docker/container_definition.h"
#include "drivers/docker/image_tar.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kRepository = "strata";
constexpr auto kLayoutLabel = "strata.layout";

std::string tag(const Bundle& bundle) {
  constexpr std::size_t kEnough = 32;
  return bundle.digest.substr(0, kEnough);
}

/// Whether the engine has it, made from this bundle and by our layout.
bool has_image(EngineClient& engine, const Bundle& bundle, Deadline deadline) {
  const auto path = fmt::format("/images/{}/json", query_escaped(image_name(bundle)));
  const auto answer = engine.call("GET", path, deadline);
  constexpr long kNoSuch = 404;
  if (answer.status == kNoSuch) return false;
  if (!answer.is_success()) throw refusal(engine.describe("GET", path), answer);
  const auto json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object() || !json.contains("Config") || !json["Config"].is_object()) return false;
  const auto& config = json["Config"];
  if (!config.contains("Labels")) return false;
  const auto& labels = config["Labels"];
  return text_in(labels, kBundleLabel) == bundle.digest &&
         text_in(labels, kLayoutLabel) == std::to_string(ImageTar::kLayout);
}

/// The engine answers 200 and then tells of its progress, a JSON object a line; a failure is one
/// of them.
std::string failure_in(const std::string& progress) {
  std::istringstream lines(progress);
  for (std::string line; std::getline(lines, line);) {
    auto error = text_in(Json::parse(line, nullptr, false), "error");
    if (!error.empty()) return error;
  }
  return {};
}

}  // namespace

std::string image_name(const Bundle& bundle) {
  return fmt::format("{}:{}", kRepository, tag(bundle));
}

void provide_image(EngineClient& engine, const Bundle& bundle, Deadline deadline) {
  if (has_image(engine, bundle, deadline)) return;
  const auto label = [](const std::string& name, const std::string& value) {
    return "&changes=" + query_escaped(fmt::format("LABEL {}={}", name, value));
  };
  const auto path =
      fmt::format("/images/create?fromSrc=-&repo={}&tag={}", kRepository, tag(bundle)) +
      label(kBundleLabel, bundle.digest) + label(kLayoutLabel, std::to_string(ImageTar::kLayout));
  ImageTar tar(bundle);
  const auto answer = engine.upload(
      path, "application/x-tar", [&] { return tar.next(); }, deadline);
  const auto tried = fmt::format("make image {} from the bundle", image_name(bundle));
  if (!answer.is_success()) throw refusal(tried, answer);
  if (const auto failure = failure_in(answer.body); !failure.empty()) {
    throw Error(tried, "the engine says: " + failure,
                "is there room where it keeps its images? docker system df tells");
  }
}

}  // namespace strata::drivers
