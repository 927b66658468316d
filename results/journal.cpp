#include "results/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "results/trial_json.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

constexpr auto kName = "journal.jsonl";

fs::path journal_in(const fs::path& directory) { return directory / kName; }

Error write_failed(const fs::path& path, int error) {
  return system_error(
      fmt::format("write {}", path.string()), error,
      error == ENOSPC || error == EDQUOT
          ? "make room on the disk, then go on with --resume; trials before this one are safe"
          : "what was written before is safe; --resume goes on");
}

void lock(int fd, const fs::path& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  throw UsageError(fmt::format("write {}", path.string()), "another process is working on this run",
                   "wait until it ends, or end it");
}

/// The folder's entry for a new file is on the disk only after this.
void sync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

}  // namespace

Journal Journal::create(const fs::path& directory, const RunHeader& header) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw UsageError(fmt::format("make folder {}", directory.string()), error.message(),
                     "choose another place with --out");
  }
  Journal journal;
  journal.path_ = journal_in(directory);
  journal.header_ = header;
  journal.fd_.reset(
      ::open(journal.path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!journal.fd_ && errno == EEXIST) {
    throw UsageError(
        fmt::format("start a run in {}", directory.string()),
        "the folder holds another run already",
        fmt::format("go on with it: --resume {}; or choose another --out", directory.string()));
  }
  if (!journal.fd_) throw write_failed(journal.path_, errno);
  lock(journal.fd_.get(), journal.path_);
  journal.append_line(to_journal_line(header));
  sync_folder(directory);
  return journal;
}

Journal Journal::resume(const fs::path& directory) {
  Journal journal;
  journal.path_ = journal_in(directory);
  journal.fd_.reset(::open(journal.path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!journal.fd_) {
    throw UsageError(
        fmt::format("resume the run in {}", directory.string()),
        errno == ENOENT ? "there is no journal.jsonl" : std::generic_category().message(errno),
        "name the folder that --out named");
  }
  lock(journal.fd_.get(), journal.path_);
  off_t whole = 0;  // where the last whole line ends
  std::size_t number = 0;
  std::ifstream file(journal.path_, std::ios::binary);
  JournalLineReader reader;
  bool has_header = false;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (file.eof()) break;  // no line end: it was being written when its writer died
    try {
      const auto kind = reader.read(line);
      if ((kind == LineKind::kHeader) != (number == 1)) {
        throw Error("read a line of the journal", "the first line and no other tells the run");
      }
      if (kind == LineKind::kHeader) {
        journal.header_ = reader.header();
        has_header = true;
      }
      if (kind == LineKind::kTrial) journal.trials_.push_back(reader.trial());
      if (kind == LineKind::kFooter) journal.footers_.push_back(reader.footer());
    } catch (const Error& error) {
      throw UsageError(
          fmt::format("resume from {}:{}", journal.path_.string(), number), error.failure().said,
          error.failure().do_next.empty() ? "the file was changed or is damaged; start a new run"
                                          : error.failure().do_next);
    }
    whole += static_cast<off_t>(line.size()) + 1;
  }
  if (!has_header) {
    throw UsageError(fmt::format("resume the run in {}", directory.string()),
                     "its journal has no first line: it died before it began",
                     "start it anew in another folder");
  }
  if (::ftruncate(journal.fd_.get(), whole) != 0) throw write_failed(journal.path_, errno);
  return journal;
}

void Journal::append_line(std::string line) {
  line += '\n';
  // In one write: a line is there or, when the disk is full or the power fails, is cut off and left
  // out.
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // Half a line in the middle would spoil what a later attempt appends.
      const auto end = ::lseek(fd_.get(), 0, SEEK_END);
      const auto added = static_cast<off_t>(line.size() - rest.size());
      if (added > 0 && end >= added && ::ftruncate(fd_.get(), end - added) != 0) {
        throw write_failed(path_, errno);
      }
      throw write_failed(path_, error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(fd_.get()) != 0) throw write_failed(path_, errno);
}

void Journal::append(const Trial& trial) { append_line(to_journal_line(trial)); }
void Journal::append(const RunFooter& footer) { append_line(to_journal_line(footer)); }

}  // namespace strata::results
