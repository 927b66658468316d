#include "drivers/kvm/made_file.h"

#include <fmt/format.h>

#include <atomic>
#include <system_error>

#include "drivers/owned_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiskHint = "is the disk full? XDG_CACHE_HOME names another place";
/// What is being made is called NAME.new-RUN-NUMBER.
constexpr std::string_view kBeingMade = ".new-";

/// The run that is making what is called `name`; empty if it is finished.
std::string_view maker_of(std::string_view name) {
  const auto begin = name.rfind(kBeingMade);
  if (begin == std::string_view::npos) return {};
  const auto rest = name.substr(begin + kBeingMade.size());
  return rest.substr(0, rest.find('-'));
}

}  // namespace

void provide_made(const fs::path& path, std::string_view run_id,
                  const std::function<void(const fs::path&)>& make) {
  static std::atomic<unsigned> count{0};
  std::error_code error;
  if (fs::exists(path, error)) return;
  const auto tried = fmt::format("make {}", path.string());
  fs::create_directories(path.parent_path(), error);
  if (error) throw Error(tried, error.message(), kDiskHint);
  const OwnedFolder made(fmt::format("{}{}{}-{}", path.string(), kBeingMade, run_id, ++count));
  make(made.path());
  fs::rename(made.path(), path, error);
  // Somebody else may have been quicker; theirs is as good.
  if (error && !fs::exists(path)) throw Error(tried, error.message(), kDiskHint);
}

std::vector<std::string> clean_made(const fs::path& folder, const AbandonedTest& is_abandoned,
                                    bool all) {
  std::vector<std::string> removed;
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) found.push_back(entry.path());
  for (const auto& path : found) {
    const auto name = path.filename().string();
    const auto maker = maker_of(name);
    if (maker.empty() ? !all : !is_abandoned(maker)) continue;
    remove_folder(path);
    removed.push_back(
        fmt::format("{} {}", maker.empty() ? "prepared" : "half-made", path.string()));
  }
  return removed;
}

}  // namespace strata::drivers
