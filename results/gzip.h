#pragma once

#include <string>
#include <string_view>

namespace strata::results {

/// The text packed as gzip does it, as small as it gets; the same bytes for the same text. What
/// reads it back is UnpackedFile. Throws Error if zlib does not work.
std::string gzipped(std::string_view text);

}  // namespace strata::results
