#include "drivers/file_digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "drivers/file_bytes.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::size_t kPiece = 256UL * 1024;

/// What a file is recognised by; the time of its last change of any kind (the last two) can't be
/// set by hand.
using FileState = std::array<std::uint64_t, 7>;
constexpr std::size_t kChangeSeconds = 5;
/// A file can change twice within one tick of its file system's clock: what changed a moment ago
/// may do so again and look the same.
constexpr std::uint64_t kSettledSeconds = 2;

FileState state_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
  return {number(status.st_dev),          number(status.st_ino),
          number(status.st_size),         number(status.st_mtim.tv_sec),
          number(status.st_mtim.tv_nsec), number(status.st_ctim.tv_sec),
          number(status.st_ctim.tv_nsec)};
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw Error("start a SHA-256", "OpenSSL refused");
  }
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
    throw Error("compute a SHA-256", "OpenSSL refused");
  }
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length) != 1) {
    throw Error("finish a SHA-256", "OpenSSL refused");
  }
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest.at(i));
  return text;
}

std::string file_sha256(const std::filesystem::path& path) {
  const FileBytes file(path);
  Sha256 digest;
  std::vector<std::byte> piece(kPiece);
  std::uint64_t done = 0;
  while (const auto count = file.read_at(done, piece)) {
    digest.add({reinterpret_cast<const char*>(piece.data()), count});
    done += count;
  }
  return digest.finish();
}

std::string remembered_file_sha256(const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<FileState, std::string> known;
  const auto before = state_of(path);
  {
    const std::scoped_lock lock(mutex);
    if (const auto found = known.find(before); found != known.end()) return found->second;
  }
  auto digest = file_sha256(path);
  const auto now = static_cast<std::uint64_t>(::time(nullptr));
  const bool settled = now > before[kChangeSeconds] + kSettledSeconds;
  if (before != FileState{} && settled && state_of(path) == before) {
    const std::scoped_lock lock(mutex);
    known.emplace(before, digest);
  }
  return digest;
}

}  // namespace strata::drivers
