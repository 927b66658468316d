#include "drivers/faas/emulator/code_store.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/report.h"
#include "drivers/faas/emulator/zip_archive.h"
#include "drivers/file_digest.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostZip = 50ULL << 20U;

/// A folder that becomes another one once it is complete, and is removed if it does not.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& parent) {
    auto name = (parent / "new-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw system_error(fmt::format("make a folder in {}", parent.string()), errno,
                         "is the disk full?");
    }
    path_ = name;
  }
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }
  void become(const fs::path& place) {
    std::error_code error;
    if (fs::exists(place, error)) return;  // the same code came at the same time
    fs::rename(path_, place, error);
    if (error && !fs::exists(place)) {
      throw Error(fmt::format("put a function's code into {}", place.string()), error.message());
    }
  }

 private:
  fs::path path_;
};

std::string hex_to_base64(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return base64(bytes);
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The files below a folder, as a bundle has them; links are followed only to files inside it.
std::vector<BundleAddition> files_below(const fs::path& folder) {
  std::vector<BundleAddition> files;
  const auto root = fs::canonical(folder).string() + "/";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (entry.is_symlink() && !fs::canonical(entry.path()).string().starts_with(root)) continue;
    const auto inside = entry.path().lexically_relative(folder);
    const bool executable =
        (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    files.push_back({fmt::format("{}/{}", kTaskRoot, inside.string()), entry.path(), executable});
  }
  return files;
}

}  // namespace

CodeStore::CodeStore(fs::path folder, fs::path agent)
    : folder_(std::move(folder)), agent_(std::move(agent)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw UsageError(fmt::format("use the data directory {}", folder_.parent_path().string()),
                     error.message(), "name one that can be written to");
  }
}

StoredCode CodeStore::add_zip(std::string_view bytes) {
  if (bytes.size() > kMostZip) {
    throw ApiError(413, "RequestTooLargeException",
                   fmt::format("Request must be smaller than {} bytes", kMostZip));
  }
  Sha256 sha256;
  sha256.add(bytes);
  StoredCode code;
  code.digest = sha256.finish();
  code.sha256 = hex_to_base64(code.digest);
  code.size = bytes.size();
  const auto place = folder_ / code.digest;
  std::error_code ignored;
  if (fs::exists(place, ignored)) return code;
  NewFolder made(folder_);
  fs::create_directory(made.path() / "files");
  unpack_zip(bytes, made.path() / "files");
  std::ofstream file(made.path() / "code.zip", std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error("store a function's code", "it could not be written", "is the disk full?");
  made.become(place);
  return code;
}

StoredCode CodeStore::add_path(const fs::path& path) {
  std::error_code error;
  if (!path.is_absolute() || !fs::exists(path, error)) {
    throw invalid_parameter(
        fmt::format("Code.StrataPath \"{}\" is no absolute path of a file", path.string()));
  }
  if (!fs::is_directory(path)) return add_zip(read_file(path));
  NewFolder made(folder_);
  fs::copy(path, made.path() / "files",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) {
    throw invalid_parameter(
        fmt::format("Code.StrataPath \"{}\" can't be copied: {}", path.string(), error.message()));
  }
  const auto bundle = make_bundle_of(agent_, files_below(made.path() / "files"));
  StoredCode code;
  code.digest = bundle.digest;
  code.sha256 = hex_to_base64(code.digest);
  for (const auto& one : bundle.files) code.size += one.size.count;
  made.become(folder_ / code.digest);
  return code;
}

std::string CodeStore::zip_bytes(const std::string& digest) const {
  return read_file(folder_ / digest / "code.zip");
}

Prepared CodeStore::prepared(const std::string& digest, Driver& driver, Deadline deadline) {
  // Held while a driver works: whoever else wants this code would only have to wait, too.
  const std::scoped_lock lock(mutex_);
  auto& code = prepared_[digest];
  if (const auto found = code.by_driver.find(&driver); found != code.by_driver.end()) {
    return found->second;
  }
  if (!code.bundle) code.bundle = make_bundle_of(agent_, files_below(folder_ / digest / "files"));
  auto prepared = driver.prepare(*code.bundle, deadline);
  code.by_driver.emplace(&driver, prepared);
  return prepared;
}

void CodeStore::remove_unused(const std::function<bool(const std::string&)>& is_used) {
  const std::scoped_lock lock(mutex_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const auto name = entry.path().filename().string();
    if (is_used(name)) continue;
    prepared_.erase(name);
    fs::remove_all(entry.path(), error);
  }
}

}  // namespace strata::drivers::faas::emulator
