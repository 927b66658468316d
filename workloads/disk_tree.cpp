// Disk: names. 10,000 empty files in one folder or a hundred; nothing is brought to the disk, so
// this is the work of the file system in memory. One iteration goes over all files. Warm-up: none
// beyond making what is looked at.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "workloads/registry.h"
#include "workloads/report.h"
#include "workloads/scratch.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kFiles = 10'000;

/// A folder for the files, by descriptor: paths below it are short.
class Folder {
 public:
  Folder() {
    if (tree_) fd_.reset(::open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  ScratchTree tree_;
  UniqueFd fd_;
};

struct Name {
  std::array<char, 16> text{};
  explicit Name(std::size_t number) { std::snprintf(text.data(), text.size(), "f%05zu", number); }
};

/// The files' names in random order: a folder's own order would flatter it.
std::vector<Name> all_names() {
  std::vector<std::size_t> numbers(kFiles);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  Random random;
  for (std::size_t i = kFiles - 1; i > 0; --i) std::swap(numbers[i], numbers[random.below(i + 1)]);
  return {numbers.begin(), numbers.end()};
}

bool create(int folder, const char* name) {
  const UniqueFd fd(::openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  return static_cast<bool>(fd);
}

template <typename Operation>
bool for_all(const std::vector<Name>& names, Operation&& operation) {
  for (const auto& name : names) {
    if (!operation(name.text.data())) return false;
  }
  return true;
}

void finish(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kFiles));
  set_checksum(state, kFiles);
}

enum class Timed { kCreate, kUnlink };

/// Creates all files and unlinks them; one of the two is timed. Unit: files per second.
void create_and_unlink(benchmark::State& state, Timed what) {
  const Folder folder;
  if (!folder) return fail_errno(state, "make a folder in " + scratch_folder());
  const auto names = all_names();
  const auto create_all = [&] {
    return for_all(names, [&](const char* name) { return create(folder.fd(), name); });
  };
  const auto unlink_all = [&] {
    return for_all(names, [&](const char* name) { return ::unlinkat(folder.fd(), name, 0) == 0; });
  };
  for (auto _ : state) {
    if (what == Timed::kUnlink) state.PauseTiming();
    if (!create_all()) return fail_errno(state, "create a file in " + scratch_folder());
    what == Timed::kUnlink ? state.ResumeTiming() : state.PauseTiming();
    if (!unlink_all()) return fail_errno(state, "unlink a file in " + scratch_folder());
    if (what == Timed::kCreate) state.ResumeTiming();
  }
  finish(state);
}

/// fstatat of every file. Unit: files per second.
void stat_files(benchmark::State& state) {
  static const Folder kFolder;
  static const auto kNames = all_names();
  static const bool kMade =
      kFolder && for_all(kNames, [](const char* name) { return create(kFolder.fd(), name); });
  if (!kMade) return fail_errno(state, "create files in " + scratch_folder());
  for (auto _ : state) {
    const bool all = for_all(kNames, [](const char* name) {
      struct stat status {};
      return ::fstatat(kFolder.fd(), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
             S_ISREG(status.st_mode);
    });
    if (!all) return fail_errno(state, "stat a file in " + scratch_folder());
  }
  finish(state);
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Counts the files in and below a folder, as find(1) would: names and types, no stat.
std::size_t count_files(int parent, const char* name) {
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return 0;
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (!folder) return 0;
  std::size_t files = 0;
  while (const auto* const entry = ::readdir(folder.get())) {
    const std::string_view entry_name = entry->d_name;
    if (entry_name == "." || entry_name == "..") continue;
    files += entry->d_type == DT_DIR ? count_files(fd, entry->d_name) : 1;
  }
  return files;
}

bool make_tree(int folder) {
  constexpr std::size_t kFolders = 100;
  for (std::size_t i = 0; i < kFolders; ++i) {
    const auto name = "d" + std::to_string(i);
    if (::mkdirat(folder, name.c_str(), 0700) != 0) return false;
    const UniqueFd inner(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (std::size_t j = 0; j < kFiles / kFolders; ++j) {
      if (!inner || !create(inner.get(), Name(j).text.data())) return false;
    }
  }
  return true;
}

/// A walk over a hundred folders of a hundred files. Unit: files per second.
void walk(benchmark::State& state) {
  static const Folder kFolder;
  static const bool kMade = kFolder && make_tree(kFolder.fd());
  if (!kMade) return fail_errno(state, "create files in " + scratch_folder());
  std::size_t files = 0;
  for (auto _ : state) files = count_files(kFolder.fd(), ".");
  if (files != kFiles) fail(state, "the walk found " + std::to_string(files) + " files of 10,000");
  finish(state);
}

Description files(std::string name, std::string summary) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .metric = "items_per_second",
          .unit = "1/s",
          .higher_is_better = true,
          .seconds = 1.2,
          .needs = {"scratch"}};
}

const bool kCreate = add_workload(files("disk/create_files/10000", "10,000 empty files created"),
                                  [](auto& state) { create_and_unlink(state, Timed::kCreate); });
const bool kUnlink = add_workload(files("disk/unlink_files/10000", "10,000 empty files unlinked"),
                                  [](auto& state) { create_and_unlink(state, Timed::kUnlink); });
const bool kStat =
    add_workload(files("disk/stat_files/10000", "10,000 files of one folder: stat"), stat_files);
const bool kWalk =
    add_workload(files("disk/walk/10000", "a walk over 10,000 files in 100 folders"), walk);

}  // namespace
}  // namespace strata::workloads
