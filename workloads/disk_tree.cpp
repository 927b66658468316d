// Disk: names. 10,000 empty files in one folder or a hundred; nothing is brought to the disk, so
// this is the work of the file system in memory. One iteration goes over all files. Warm-up: none
// beyond making what is looked at.
//
// Folders are new, and on ext4 in parts of the disk where no files were removed lately. Without a
// journal ext4 does not use an inode again for some minutes after it was freed, and looks at each
// such one near the folder for every new file: after another run, 10,000 took 4 s and not 0.2.

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
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

struct Name {
  std::array<char, 16> text{};
  explicit Name(std::size_t number) { std::snprintf(text.data(), text.size(), "f%05zu", number); }
};

bool create(int folder, const char* name) {
  const UniqueFd fd(::openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  return static_cast<bool>(fd);
}

/// Where folders for the files are made.
class Folders {
 public:
  Folders() {
    if (!tree_) return;
    const UniqueFd fd(::open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int flags = 0;
    // ext4 then puts each folder elsewhere. What refuses it is another file system.
    if (fd && ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0) {
      flags |= FS_TOPDIR_FL;
      ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags);
    }
  }
  /// A new one, by descriptor, so that paths below it are short: the one of several in which some
  /// files were made fastest; these stay. Empty, and errno set, if it can't be made.
  UniqueFd make() {
    constexpr int kTries = 8;
    UniqueFd best;
    auto least = Clock::duration::max();
    for (int i = 0; i < kTries && tree_; ++i) {
      auto name = tree_.path() + "/XXXXXX";
      if (::mkdtemp(name.data()) == nullptr) return UniqueFd();
      UniqueFd fd(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      const auto took = probe(fd.get());
      if (took >= least) continue;
      least = took;
      best = std::move(fd);
    }
    return best;
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// How long some files take; for ever if they can't be made.
  static Clock::duration probe(int folder) {
    constexpr std::size_t kProbes = 32;
    const auto began = Clock::now();
    for (std::size_t i = 0; i < kProbes; ++i) {
      if (!create(folder, Name(kFiles + i).text.data())) return Clock::duration::max();
    }
    return Clock::now() - began;
  }

  ScratchTree tree_;
};

/// The files' names in random order: a folder's own order would flatter it.
std::vector<Name> all_names() {
  std::vector<std::size_t> numbers(kFiles);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  Random random;
  for (std::size_t i = kFiles - 1; i > 0; --i) std::swap(numbers[i], numbers[random.below(i + 1)]);
  return {numbers.begin(), numbers.end()};
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

/// Creates all files, half of them in each of two new folders, which an ext4 keeps together, and
/// unlinks them; one of the two is timed. Unit: files per second.
void create_and_unlink(benchmark::State& state, Timed what) {
  Folders folders;
  const auto names = all_names();
  const auto half = names.begin() + kFiles / 2;
  for (auto _ : state) {
    state.PauseTiming();
    const auto first = folders.make();
    const auto second = folders.make();
    if (!first || !second) return fail_errno(state, "make a folder in " + scratch_folder());
    const auto in_both = [&](auto&& operation) {
      const auto in = [&](const UniqueFd& folder) {
        return [&](const Name& name) { return operation(folder.get(), name.text.data()); };
      };
      return std::all_of(names.begin(), half, in(first)) &&
             std::all_of(half, names.end(), in(second));
    };
    if (what == Timed::kCreate) state.ResumeTiming();
    if (!in_both(create)) return fail_errno(state, "create a file in " + scratch_folder());
    what == Timed::kUnlink ? state.ResumeTiming() : state.PauseTiming();
    if (!in_both([](int folder, const char* name) { return ::unlinkat(folder, name, 0) == 0; })) {
      return fail_errno(state, "unlink a file in " + scratch_folder());
    }
    if (what == Timed::kCreate) state.ResumeTiming();
  }
  finish(state);
}

/// fstatat of every file. Unit: files per second.
void stat_files(benchmark::State& state) {
  static Folders folders;
  static const auto kFolder = folders.make();
  static const auto kNames = all_names();
  static const bool kMade =
      kFolder && for_all(kNames, [](const char* name) { return create(kFolder.get(), name); });
  if (!kMade) return fail_errno(state, "create files in " + scratch_folder());
  for (auto _ : state) {
    const bool all = for_all(kNames, [](const char* name) {
      struct stat status {};
      return ::fstatat(kFolder.get(), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
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

constexpr auto kTree = "tree";

bool make_tree(int parent) {
  if (::mkdirat(parent, kTree, 0700) != 0) return false;
  const UniqueFd tree(::openat(parent, kTree, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int folder = tree.get();
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
  static Folders folders;
  static const auto kFolder = folders.make();
  static const bool kMade = kFolder && make_tree(kFolder.get());
  if (!kMade) return fail_errno(state, "create files in " + scratch_folder());
  std::size_t files = 0;
  for (auto _ : state) files = count_files(kFolder.get(), kTree);
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
