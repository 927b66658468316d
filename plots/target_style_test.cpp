#include "plots/target_style.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace strata::plots {
namespace {

const std::vector<Target> kTargets{
    {"process", "process", {}, {}},     {"docker", "docker", {}, {}},
    {"docker-crun", "docker", {}, {}},  {"docker-gvisor", "docker", {}, {}},
    {"oci-runc", "oci", {}, {}},        {"oci-crun", "oci", {}, {}},
    {"oci-gvisor", "oci", {}, {}},      {"kvm", "kvm", {}, {}},
    {"kvm-microvm", "kvm", {}, {}},     {"kvm-snapshot", "kvm", {}, {}},
    {"kvm-arm64", "kvm", {}, {}},       {"faas-process", "faas", {}, {}},
    {"faas-docker", "faas", {}, {}},    {"faas-gvisor", "faas", {}, {}},
    {"faas-kvm", "faas", {}, {}},       {"docker-host", "docker", {}, {}},
    {"docker-tmpfs", "docker", {}, {}}, {"kvm-virtiofs", "kvm", {}, {}},
    {"something", "nspawn", {}, {}}};

/// Relative luminance and contrast as WCAG 2.1 defines them.
double luminance(const std::string& hex) {
  std::array<double, 3> channel{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    channel[i] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * channel[0] + 0.7152 * channel[1] + 0.0722 * channel[2];
}
double contrast(const std::string& one, const std::string& other) {
  const double a = luminance(one);
  const double b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

TEST(TargetStyle, ShowsOnALightAndADarkPage) {
  for (const auto& target : kTargets) {
    EXPECT_GE(contrast(style_of(target).colour, "#ffffff"), 3) << target.name;
    EXPECT_GE(contrast(style_of(target).colour, "#14171c"), 3) << target.name;
  }
}

TEST(TargetStyle, TellsTargetsApartByColourAndShape) {
  std::set<std::string> seen;
  for (const auto& target : kTargets) {
    const auto style = style_of(target);
    EXPECT_TRUE(seen.insert(style.colour + style.shape).second) << target.name;
  }
}

TEST(TargetStyle, DependsOnTheNameAndNotOnTheRun) {
  EXPECT_EQ(style_of("docker", "docker").colour, "#2476c8");
  EXPECT_EQ(style_of("docker-mine", "docker").colour, style_of("docker-mine", "docker").colour);
  EXPECT_NE(style_of("docker-mine", "docker").colour, style_of("docker-yours", "docker").colour);
}

TEST(TargetStyle, NeverTakesEmulationForHardware) {
  Target target{"kvm", "kvm", {}, {{"accelerator", "tcg"}}};
  EXPECT_TRUE(is_emulated(target));
  target.facts["accelerator"] = "nested-kvm";
  EXPECT_FALSE(is_emulated(target));
}

}  // namespace
}  // namespace strata::plots
