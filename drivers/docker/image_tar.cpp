#include "drivers/docker/image_tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kPiece = 64UL * 1024;
constexpr unsigned kFolderMode = 0755;
constexpr unsigned kOpenFolderMode = 01777;
constexpr unsigned kProgramMode = 0555;
constexpr unsigned kFileMode = 0444;

/// Where the fields of a header are, and how long: POSIX.1-2008, pax, "ustar Interchange Format".
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUser{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};

void put(std::string& header, Field field, std::string_view text) {
  text.copy(header.data() + field.offset, field.size);
}

/// An octal number with a zero byte behind it.
void put_number(std::string& header, Field field, std::uint64_t number) {
  put(header, field, fmt::format("{:0{}o}", number, field.size - 1));
}

/// A name may have 100 bytes, or 155 before a '/' and 100 behind it.
std::string header_of(const std::string& path, unsigned mode, std::uint64_t size, bool is_folder) {
  constexpr std::uint64_t kLargest = 8ULL << 30U;  // what eleven octal digits can say
  if (size >= kLargest) {
    throw UsageError(fmt::format("put {} into an image", path), "it has 8 GiB or more",
                     "use a smaller program");
  }
  std::string header(kBlock, '\0');
  auto name = std::string_view(path);
  if (name.size() > kName.size) {
    const auto slash = path.find('/', path.size() - kName.size - 1);
    if (slash > kPrefix.size || slash + 1 == path.size()) {
      throw UsageError(fmt::format("put {} into an image", path), "the path is too long for a tar",
                       "give the program or library a shorter name");
    }
    put(header, kPrefix, name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  put(header, kName, name);
  put_number(header, kMode, mode);
  put_number(header, kUser, 0);
  put_number(header, kGroup, 0);
  put_number(header, kSize, size);
  put_number(header, kTime, 0);
  put(header, kType, is_folder ? "5" : "0");
  put(header, kMagic, std::string_view("ustar\00000", 8));
  // The sum is made with spaces in its own place.
  put(header, kChecksum, std::string(kChecksum.size, ' '));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, kChecksum, fmt::format("{:06o}", sum) + '\0');
  return header;
}

Error changed(const BundleFile& file) {
  return {fmt::format("read {} for an image", file.source.string()),
          "it is not what it was when the bundle was made",
          "was it built again meanwhile? run the command once more"};
}

}  // namespace

ImageTar::ImageTar(const Bundle& bundle) {
  std::set<std::string> folders{"dev/", "etc/", "proc/", "strata/", "sys/"};
  for (const auto& file : bundle.files) {
    for (auto slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      folders.insert(file.path.substr(0, slash + 1));
    }
  }
  // A set's order has a folder before what is in it.
  for (const auto& folder : folders) {
    entries_.push_back({header_of(folder, kFolderMode, 0, true), nullptr});
  }
  for (const auto* const folder : {"strata/scratch/", "tmp/"}) {
    entries_.push_back({header_of(folder, kOpenFolderMode, 0, true), nullptr});
  }
  for (const auto& file : bundle.files) {
    const auto mode = file.executable ? kProgramMode : kFileMode;
    entries_.push_back({header_of(file.path, mode, file.size.count, false), &file});
  }
}

void ImageTar::begin_file(const BundleFile& file) {
  source_ = std::ifstream(file.source, std::ios::binary);
  if (!source_) {
    throw Error(fmt::format("read {} for an image", file.source.string()), "it can't be opened");
  }
  file_ = &file;
  left_ = file.size.count;
  digest_.emplace();
}

void ImageTar::add_from_file() {
  const auto before = piece_.size();
  const auto size = std::min<std::uint64_t>(left_, kPiece - before);
  piece_.resize(before + size);
  source_.read(piece_.data() + before, static_cast<std::streamsize>(size));
  if (static_cast<std::uint64_t>(source_.gcount()) != size) throw changed(*file_);
  digest_->add(std::string_view(piece_).substr(before));
  left_ -= size;
  if (left_ > 0) return;
  if (digest_->finish() != file_->sha256) throw changed(*file_);
  piece_.append((kBlock - file_->size.count % kBlock) % kBlock, '\0');
  file_ = nullptr;
}

std::string_view ImageTar::next() {
  piece_.clear();
  while (piece_.size() < kPiece && !ended_) {
    if (file_ != nullptr) {
      add_from_file();
    } else if (at_ < entries_.size()) {
      const auto& entry = entries_[at_++];
      piece_ += entry.header;
      if (entry.file != nullptr) begin_file(*entry.file);
    } else {
      piece_.append(2 * kBlock, '\0');
      ended_ = true;
    }
  }
  return piece_;
}

}  // namespace strata::drivers
