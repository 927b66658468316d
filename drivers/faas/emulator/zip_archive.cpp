#include "drivers/faas/emulator/zip_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/printable.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace fs = std::filesystem;

struct CloseZip {
  void operator()(zip_t* zip) const { ::zip_discard(zip); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { ::zip_fclose(file); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

ApiError refusal(std::string_view why) {
  return invalid_parameter(fmt::format(
      "Could not unzip uploaded file. Please check your file, then try to upload again. ({})",
      why));
}

Zip open(std::string_view bytes) {
  zip_error_t error;
  ::zip_error_init(&error);
  auto* const source = ::zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Zip zip(source == nullptr ? nullptr : ::zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!zip) {
    const std::string why = ::zip_error_strerror(&error);
    if (source != nullptr) ::zip_source_free(source);
    ::zip_error_fini(&error);
    throw refusal(why);
  }
  ::zip_error_fini(&error);
  return zip;
}

/// The mode that a Unix archiver wrote down; nothing if another one made the entry.
std::optional<mode_t> mode_of(zip_t* zip, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (::zip_file_get_external_attributes(zip, index, 0, &system, &attributes) != 0) {
    return std::nullopt;
  }
  if (system != ZIP_OPSYS_UNIX || attributes >> 16U == 0) return std::nullopt;
  return static_cast<mode_t>(attributes >> 16U);
}

class Unpacker {
 public:
  Unpacker(std::string_view bytes, const fs::path& folder, const ZipLimits& limits)
      : zip_(open(bytes)), folder_(folder), left_(limits.unpacked_bytes), limits_(limits) {}

  void unpack() {
    const auto count = ::zip_get_num_entries(zip_.get(), 0);
    if (count <= 0) throw refusal("it is empty");
    if (static_cast<std::uint64_t>(count) > limits_.entries) {
      throw refusal(fmt::format("it has more than {} entries", limits_.entries));
    }
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) unpack_entry(i);
  }

 private:
  void unpack_entry(zip_uint64_t index) {
    zip_stat_t stat;
    ::zip_stat_init(&stat);
    if (::zip_stat_index(zip_.get(), index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & ZIP_STAT_NAME) == 0 || (stat.valid & ZIP_STAT_SIZE) == 0) {
      throw refusal("its directory is damaged");
    }
    std::string name = stat.name;
    const auto refuse = [&](std::string_view why) {
      return refusal(fmt::format("entry \"{}\" {}", printable(name), why));
    };
    const auto mode = mode_of(zip_.get(), index);
    const bool is_folder = name.ends_with('/');
    if (is_folder) name.pop_back();
    if (!is_plain_path(name)) throw refuse("is no plain relative path");
    if (mode) {
      const auto type = *mode & S_IFMT;
      if (type == S_IFLNK) throw refuse("is a link");
      if (type != 0 && type != (is_folder ? S_IFDIR : S_IFREG)) throw refuse("is no file");
    }
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
      throw refuse("is encrypted");
    }
    if (!names_.insert(name).second && !is_folder) throw refuse("comes twice");
    const auto place = folder_ / name;
    std::error_code error;
    fs::create_directories(is_folder ? place : place.parent_path(), error);
    if (error) throw refuse(fmt::format("can't be made: {}", error.message()));
    if (is_folder) return;
    if (stat.size > left_) throw too_large();
    const Entry entry(::zip_fopen_index(zip_.get(), index, 0));
    if (!entry) throw refuse(::zip_strerror(zip_.get()));
    constexpr mode_t kAnyExecute = S_IXUSR | S_IXGRP | S_IXOTH;
    const mode_t rights = mode && (*mode & kAnyExecute) != 0 ? 0755 : 0644;
    const UniqueFd file(
        ::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, rights));
    if (!file) throw refuse(fmt::format("can't be made: {}", error_text(errno)));
    std::uint64_t size = 0;
    for (;;) {
      const auto count = ::zip_fread(entry.get(), buffer_.data(), buffer_.size());
      if (count < 0) throw refuse(fmt::format("is damaged: {}", ::zip_file_strerror(entry.get())));
      if (count == 0) break;
      size += static_cast<std::uint64_t>(count);
      if (size > stat.size) throw refuse("unpacks to more than it says");
      write_all(file.get(), {buffer_.data(), static_cast<std::size_t>(count)});
    }
    left_ -= size;
  }

  [[nodiscard]] ApiError too_large() const {
    return invalid_parameter(
        fmt::format("Unzipped size must be smaller than {} bytes", limits_.unpacked_bytes));
  }
  static std::string error_text(int number) {
    return std::error_code(number, std::generic_category()).message();
  }
  static void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(fd, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw system_error("unpack a function's code", errno, "is the disk full?");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Zip zip_;
  const fs::path& folder_;
  std::uint64_t left_;
  const ZipLimits& limits_;
  std::set<std::string> names_;
  std::array<char, 64UL * 1024> buffer_{};
};

}  // namespace

bool is_plain_path(std::string_view name) {
  constexpr std::size_t kLongest = 1024;
  if (name.empty() || name.size() > kLongest) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\\' || c == '\x7f') return false;
  }
  for (;;) {
    const auto slash = name.find('/');
    const auto part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

void unpack_zip(std::string_view bytes, const fs::path& folder, const ZipLimits& limits) {
  Unpacker(bytes, folder, limits).unpack();
}

}  // namespace strata::drivers::faas::emulator
