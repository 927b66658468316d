#include "plots/target_style.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace strata::plots {
namespace {

struct Shipped {
  std::string_view name;
  std::string_view colour;
  std::string_view shape;
};

/// Hue says the driver, shape the variant; greys, blues, greens, oranges and purples also differ in
/// lightness enough for the common kinds of colour blindness.
constexpr std::array<Shipped, 15> kShipped{{
    {"process", "#747b87", "circle"},
    {"docker", "#2476c8", "square"},
    {"docker-crun", "#3d9bdc", "diamond"},
    {"docker-gvisor", "#16919c", "triangle-up"},
    {"oci-runc", "#3f8f45", "square"},
    {"oci-crun", "#7d9c26", "diamond"},
    {"oci-gvisor", "#12876a", "triangle-up"},
    {"kvm", "#d9730d", "cross"},
    {"kvm-microvm", "#cf4e3c", "triangle-down"},
    {"kvm-snapshot", "#b98900", "diamond"},
    {"kvm-arm64", "#a0632a", "square"},
    {"faas-process", "#9a66cf", "triangle-left"},
    {"faas-docker", "#7e62e8", "triangle-right"},
    {"faas-gvisor", "#c55aa3", "triangle-up"},
    {"faas-kvm", "#c04485", "cross"},
}};

struct Outline {
  std::string_view shape;
  std::string_view path;
};
constexpr std::array<Outline, 8> kOutlines{{
    {"circle", "M-.9 0a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0z"},
    {"square", "M-.8-.8h1.6v1.6h-1.6z"},
    {"diamond", "M0-1L.8 0L0 1L-.8 0z"},
    {"cross", "M-.95-.33h.62v-.62h.66v.62h.62v.66h-.62v.62h-.66v-.62h-.62z"},
    {"triangle-up", "M0-.9L1 .8H-1z"},
    {"triangle-down", "M0 .9L1-.8H-1z"},
    {"triangle-right", "M.9 0L-.8-1V1z"},
    {"triangle-left", "M-.9 0L.8-1V1z"},
}};

std::uint32_t hash_of(std::string_view text) {  // FNV-1a
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// The middle of a driver's hues, in degrees.
double hue_of(Paradigm paradigm, std::uint32_t hash) {
  switch (paradigm) {
    case Paradigm::kContainer:
      return 175 + hash % 50;
    case Paradigm::kVirtualMachine:
      return 5 + hash % 35;
    case Paradigm::kFunction:
      return 265 + hash % 60;
    default:
      return hash % 360;
  }
}

/// Half saturated, and as light as gives 4:1 against white and against the dark page alike: a
/// relative luminance (WCAG 2.1) of 0.2.
std::string hex_colour(double hue) {
  const auto linear = [hue](double n) {
    const double k = std::fmod(n + hue / 30, 12);
    const double value = 0.48 - 0.24 * std::fmax(-1, std::fmin(std::fmin(k - 3, 9 - k), 1));
    return std::pow((value + 0.055) / 1.055, 2.4);
  };
  const double red = linear(0);
  const double green = linear(8);
  const double blue = linear(4);
  const double factor = 0.2 / (0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const auto channel = [factor](double value) {
    const double scaled = std::fmin(value * factor, 1);
    return static_cast<int>(std::lround(255 * (1.055 * std::pow(scaled, 1 / 2.4) - 0.055)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(red), channel(green), channel(blue));
}

}  // namespace

TargetStyle style_of(std::string_view name, std::string_view driver) {
  for (const auto& one : kShipped) {
    if (one.name == name) return {std::string(one.colour), std::string(one.shape)};
  }
  const auto hash = hash_of(name);
  return {hex_colour(hue_of(paradigm_of(driver), hash)),
          std::string(kOutlines[(hash >> 16U) % kOutlines.size()].shape)};
}

std::string_view outline_of(std::string_view shape) {
  for (const auto& one : kOutlines) {
    if (one.shape == shape) return one.path;
  }
  return kOutlines.front().path;
}

Paradigm paradigm_of(std::string_view driver) {
  if (driver == "process") return Paradigm::kProcess;
  if (driver == "docker" || driver == "oci") return Paradigm::kContainer;
  if (driver == "kvm") return Paradigm::kVirtualMachine;
  if (driver == "faas") return Paradigm::kFunction;
  return Paradigm::kOther;
}

std::string_view name_of(Paradigm paradigm) {
  switch (paradigm) {
    case Paradigm::kProcess:
      return "bare process";
    case Paradigm::kContainer:
      return "container";
    case Paradigm::kVirtualMachine:
      return "virtual machine";
    case Paradigm::kFunction:
      return "function";
    default:
      return "other";
  }
}

}  // namespace strata::plots
