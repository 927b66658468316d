#pragma once

#include <string>
#include <string_view>

#include "results/vocabulary/target.h"

namespace strata::plots {

/// How a target is drawn, in every chart, page and run. It depends on its name and driver alone, so
/// that a reader who has learnt it once can rely on it.
struct TargetStyle {
  std::string colour;  ///< "#2476c8": at least 3:1 against white and against the dark page
  std::string shape;   ///< a symbol of Vega: "circle", "square", "triangle-up", …
};
TargetStyle style_of(std::string_view name, std::string_view driver);
inline TargetStyle style_of(const Target& target) { return style_of(target.name, target.driver); }

/// The outline of a shape as an SVG path within -1 … 1; of a circle if it is not known.
std::string_view outline_of(std::string_view shape);

enum class Paradigm { kProcess, kContainer, kVirtualMachine, kFunction, kOther };
/// By driver: "docker" and "oci" are containers, "kvm" a virtual machine, "faas" a function.
Paradigm paradigm_of(std::string_view driver);
/// "bare process", "container", "virtual machine", "function", "other".
std::string_view name_of(Paradigm paradigm);

}  // namespace strata::plots
