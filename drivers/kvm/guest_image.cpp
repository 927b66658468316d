#include "drivers/kvm/guest_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <span>

#include "drivers/file_digest.h"
#include "drivers/kvm/cpio_archive.h"
#include "drivers/kvm/made_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// Changes whenever the same parts would give another image.
constexpr auto kLayout = "strata initramfs 1\n";
constexpr auto kGuest = "strata/guest";

/// A new file that pieces are appended to.
class NewFile {
 public:
  explicit NewFile(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!fd_) throw system_error(fmt::format("make file {}", path.string()), errno);
  }
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        throw system_error(fmt::format("write {}", path_.string()), errno,
                           "is the disk full? XDG_CACHE_HOME names another place");
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

 private:
  fs::path path_;
  UniqueFd fd_;
};

/// Compresses what it gets into a file, as one zstd frame.
class ZstdFile {
 public:
  explicit ZstdFile(NewFile& file) : file_(file), context_(ZSTD_createCCtx()) {}
  void write(std::span<const std::byte> bytes) { compress(bytes, ZSTD_e_continue); }
  void finish() { compress({}, ZSTD_e_end); }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  void compress(std::span<const std::byte> bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const auto left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0) {
        throw Error("compress an initramfs", ZSTD_getErrorName(left));
      }
      file_.write(std::span(buffer_).first(out.pos));
      if (in.pos == in.size && (directive == ZSTD_e_continue ? out.pos < out.size : left == 0)) {
        return;
      }
    }
  }

  NewFile& file_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(ZSTD_CStreamOutSize());
};

std::string module_path(const fs::path& module) {
  return fmt::format("{}/{}", kGuest, module.filename().string());
}

std::string digest_of(const GuestImageParts& parts) {
  Sha256 digest;
  digest.add(kLayout);
  digest.add(parts.bundle.digest + "\n");
  for (const auto& module : parts.modules) {
    digest.add(fmt::format("{} {}\n", module_path(module), remembered_file_sha256(module)));
  }
  digest.add(parts.is_compressed ? "zstd\n" : "none\n");
  return digest.finish();
}

void write_archive(const GuestImageParts& parts, CpioArchive& archive, Deadline deadline) {
  for (const char* const folder : {"dev", "proc", "sys", "tmp", "strata/scratch"}) {
    archive.add_folder(folder);
  }
  constexpr std::uint32_t kConsoleMajor = 5;
  archive.add_device("dev/console", kConsoleMajor, 1);
  archive.add_link("init", "/strata/agent");
  for (const auto& file : parts.bundle.files) {
    if (deadline.expired()) {
      throw DeadlineExceeded("make an initramfs",
                             "its files could not be read before the deadline");
    }
    if (file_sha256(file.source) != file.sha256) {
      throw Error(fmt::format("put {} into an initramfs", file.source.string()),
                  "its bytes are no longer those that the bundle was made of",
                  "don't rebuild a program while it is being measured; start the run again");
    }
    archive.add_file_of_host(file.path, file.source, file.executable);
  }
  std::string list;
  for (const auto& module : parts.modules) {
    archive.add_file_of_host(module_path(module), module, false);
    list += fmt::format("/{}\n", module_path(module));
  }
  archive.add_file(fmt::format("{}/modules", kGuest), list, false);
  archive.finish();
}

}  // namespace

fs::path provide_image(const GuestImageParts& parts, const fs::path& cache, std::string_view run_id,
                       Deadline deadline) {
  auto path = cache / "kvm" / "images" / (digest_of(parts) + ".cpio");
  provide_made(path, run_id, [&](const fs::path& temporary) {
    NewFile file(temporary);
    if (!parts.is_compressed) {
      CpioArchive archive([&](auto bytes) { file.write(bytes); });
      write_archive(parts, archive, deadline);
      return;
    }
    ZstdFile packed(file);
    CpioArchive archive([&](auto bytes) { packed.write(bytes); });
    write_archive(parts, archive, deadline);
    packed.finish();
  });
  return path;
}

}  // namespace strata::drivers
