#include "results/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "results/journal_lines.h"
#include "results/output_file.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

constexpr auto kName = "journal.jsonl";

Error write_failed(const fs::path& path, int error) {
  return system_error(
      fmt::format("write {}", path.string()), error,
      error == ENOSPC || error == EDQUOT || error == EFBIG
          ? "make room on the disk, then go on with --resume; trials before this one are safe"
          : "what was written before is safe; --resume goes on");
}

void lock(int fd, const fs::path& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) throw system_error(fmt::format("lock {}", path.string()), errno);
  throw UsageError(fmt::format("write {}", path.string()), "another process is working on this run",
                   "wait until it ends, or end it");
}

/// Whether the file is empty or holds the beginning of a first line: its writer died (or the disk
/// was full) before the run began, and nothing is lost by beginning anew.
bool never_began(int fd, const fs::path& path) {
  LineReader lines(fd, path.string());
  std::string_view line;
  return !lines.next(line) && is_half_a_header(lines.rest());
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
  journal.path_ = directory / kName;
  journal.header_ = header;
  constexpr mode_t kReadable = 0644;
  journal.fd_.reset(
      ::open(journal.path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kReadable));
  if (!journal.fd_) {
    throw UsageError(fmt::format("start a run in {}", directory.string()),
                     std::generic_category().message(errno), "choose another place with --out");
  }
  lock(journal.fd_.get(), journal.path_);
  if (!never_began(journal.fd_.get(), journal.path_)) {
    throw UsageError(
        fmt::format("start a run in {}", directory.string()),
        "the folder holds another run already",
        fmt::format("go on with it: --resume {}; or choose another --out", directory.string()));
  }
  if (::ftruncate(journal.fd_.get(), 0) != 0) throw write_failed(journal.path_, errno);
  journal.append_line(to_journal_line(header));
  sync_folder(directory);
  return journal;
}

Journal Journal::resume(const fs::path& directory) {
  const auto tried = fmt::format("resume the run in {}", directory.string());
  Journal journal;
  journal.path_ = directory / kName;
  journal.fd_.reset(::open(journal.path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!journal.fd_) {
    throw UsageError(tried,
                     errno == ENOENT ? fmt::format("there is no {}", kName)
                                     : std::generic_category().message(errno),
                     "name the folder that --out named");
  }
  lock(journal.fd_.get(), journal.path_);
  using Line = JournalReader::Line;
  JournalReader reader(journal.fd_.get(), journal.path_.string());
  for (auto line = reader.next(); line != Line::kEnd; line = reader.next()) {
    if (line == Line::kHeader) journal.header_ = reader.header();
    if (line == Line::kTrial) journal.trials_.push_back(reader.trial());
    if (line == Line::kFooter) journal.footers_.push_back(reader.footer());
  }
  if (reader.offset() == 0) {
    throw UsageError(tried, "its journal has no first line: it ended before it began",
                     "start it anew, with the same --out if you like");
  }
  if (!reader.rest().empty() &&
      ::ftruncate(journal.fd_.get(), static_cast<off_t>(reader.offset())) != 0) {
    throw write_failed(journal.path_, errno);
  }
  return journal;
}

void Journal::append_line(std::string line) {
  line += '\n';
  const auto before = ::lseek(fd_.get(), 0, SEEK_END);
  std::size_t written = 0;
  int error = write_fully(fd_.get(), line, written);
  if (error == 0 && ::fdatasync(fd_.get()) != 0) error = errno;
  if (error == 0) return;
  // A piece of a line in the middle would spoil all that a later attempt appends. If it can't be
  // cut off either, --resume does it, as it does for a writer that died.
  if (written > 0 && before >= 0 && ::ftruncate(fd_.get(), before) != 0) error = errno;
  throw write_failed(path_, error);
}

void Journal::append(const Trial& trial) { append_line(to_journal_line(trial)); }
void Journal::append(const RunFooter& footer) { append_line(to_journal_line(footer)); }

}  // namespace strata::results
