#include "results/result_file.h"

#include <system_error>

namespace strata::results {

std::filesystem::path result_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return path;
  const auto packed = path / "result.json.gz";
  const auto plain = path / "result.json";
  return !std::filesystem::exists(plain, ignored) && std::filesystem::exists(packed, ignored)
             ? packed
             : plain;
}

}  // namespace strata::results
