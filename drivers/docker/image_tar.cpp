#include "drivers/docker/image_tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kPiece = 64UL * 1024;
constexpr unsigned kFolderMode = 0755;
constexpr unsigned kOpenFolderMode = 01777;

void put(std::string& header, std::size_t offset, std::string_view text) {
  text.copy(header.data() + offset, text.size());
}

/// POSIX.1-1988, ustar: names up to 100 bytes, or 255 if they can be parted at a '/'.
std::string header_of(const std::string& path, unsigned mode, std::size_t size, bool is_folder) {
  constexpr std::size_t kName = 100;
  constexpr std::size_t kPrefix = 155;
  std::string header(kBlock, '\0');
  auto name = std::string_view(path);
  if (name.size() > kName) {
    const auto cut = path.find('/', path.size() - kName - 1);
    if (cut == std::string::npos || cut > kPrefix) {
      throw UsageError(fmt::format("put {} into an image", path), "the path is too long for a tar",
                       "give the program or library a shorter name");
    }
    put(header, 345, name.substr(0, cut));
    name.remove_prefix(cut + 1);
  }
  put(header, 0, name);
  put(header, 100, fmt::format("{:07o}", mode));
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", size));
  put(header, 136, "00000000000");
  put(header, 148, "        ");
  header[156] = is_folder ? '5' : '0';
  put(header, 257, std::string_view("ustar\00000", 8));
  put(header, 265, "root");
  put(header, 297, "root");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header;
}

}  // namespace

ImageTar::ImageTar(const Bundle& bundle) {
  std::set<std::string> folders{"proc/", "sys/", "dev/", "etc/", "strata/"};
  for (const auto& file : bundle.files) {
    for (auto slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      folders.insert(file.path.substr(0, slash + 1));
    }
  }
  for (const auto& folder : folders) entries_.push_back({folder, kFolderMode, nullptr});
  entries_.push_back({"tmp/", kOpenFolderMode, nullptr});
  entries_.push_back({"strata/scratch/", kOpenFolderMode, nullptr});
  for (const auto& file : bundle.files) {
    entries_.push_back({file.path, file.executable ? 0555U : 0444U, &file});
  }
}

void ImageTar::begin_entry() {
  const auto& entry = entries_[at_++];
  std::size_t size = 0;
  if (entry.file != nullptr) {
    std::error_code error;
    size = std::filesystem::file_size(entry.file->source, error);
    source_ = std::ifstream(entry.file->source, std::ios::binary);
    if (error || !source_) {
      throw Error(fmt::format("read {} for an image", entry.file->source.string()),
                  "it can't be read");
    }
  }
  left_ = size;
  padding_ = (kBlock - size % kBlock) % kBlock;
  piece_ = header_of(entry.path, entry.mode, size, entry.file == nullptr);
}

std::string_view ImageTar::next() {
  piece_.clear();
  while (piece_.size() < kPiece && !ended_) {
    if (left_ > 0) {
      const auto before = piece_.size();
      const auto size = std::min(left_, kPiece);
      piece_.resize(before + size);
      source_.read(piece_.data() + before, static_cast<std::streamsize>(size));
      if (static_cast<std::size_t>(source_.gcount()) != size) {
        throw Error(fmt::format("read {} for an image", entries_[at_ - 1].file->source.string()),
                    "it became shorter while it was read");
      }
      left_ -= size;
    } else if (padding_ > 0) {
      piece_.append(padding_, '\0');
      padding_ = 0;
    } else if (at_ < entries_.size()) {
      auto before = std::move(piece_);
      begin_entry();
      piece_ = std::move(before) + piece_;
    } else {
      piece_.append(2 * kBlock, '\0');
      ended_ = true;
    }
  }
  return piece_;
}

}  // namespace strata::drivers
