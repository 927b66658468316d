#pragma once

#include <string>

#include "plots/chart.h"

namespace strata::plots {

enum class ImageFormat { kSvg, kPng, kPdf };

/// Draws a chart with Vega on Node.js; PNG and PDF are made of the SVG by rsvg-convert. The same
/// bytes from the same chart, with the same fonts. Throws Error if a program is missing (what to
/// install) or fails, UsageError in a build without Vega.
std::string draw(const Chart& chart, ImageFormat format);

}  // namespace strata::plots
