#include "plots/raw_result.h"

#include "plots/page_shell.h"
#include "results/gzip.h"
#include "results/unpacked_file.h"

namespace strata::plots {

std::string raw_result(const std::filesystem::path& result, std::size_t limit) {
  results::UnpackedFile file(result);
  std::string text;
  constexpr std::size_t kStep = 1UL << 20U;
  for (;;) {
    const auto known = text.size();
    text.resize(known + kStep);
    const auto count = file.read(text.data() + known, kStep);
    text.resize(known + count);
    if (text.size() > limit) return {};
    if (count == 0) return base64(results::gzipped(text));
  }
}

}  // namespace strata::plots
