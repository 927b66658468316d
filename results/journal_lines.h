#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "results/journal.h"
#include "results/line_reader.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// One line of a journal, without the line's end. Bytes that are not UTF-8 become U+FFFD: programs
/// may print anything, and a journal must stay readable.
std::string to_journal_line(const RunHeader& header);
std::string to_journal_line(const Trial& trial);
std::string to_journal_line(const RunFooter& footer);

/// Whether a file that holds `rest` and no whole line is a journal whose writer died with the
/// first.
bool is_half_a_header(std::string_view rest);

/// Walks over the lines of a journal; a half-written last line is none. Keeps its buffers between
/// lines, since a journal may have a million of them. Outside data: nothing in it is trusted. Every
/// call throws UsageError that names the line and says what is wrong with it, and Error if the file
/// can't be read.
class JournalReader {
 public:
  enum class Line { kHeader, kTrial, kFooter, kEnd };

  /// Reads from where the descriptor stands, which has to stay open; `name` is for error texts.
  JournalReader(int fd, std::string name);
  ~JournalReader();
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;

  /// The next line. The header comes first and once; not at all if its line is half written.
  Line next();
  /// What the line is; for its kind only. The trial is valid until the next call.
  [[nodiscard]] const Trial& trial();
  [[nodiscard]] RunHeader header() const;
  [[nodiscard]] RunFooter footer() const;

  /// Bytes up to the end of the last whole line.
  [[nodiscard]] std::uint64_t offset() const { return lines_.offset(); }
  /// At the end: what follows the last whole line.
  [[nodiscard]] std::string_view rest() const { return lines_.rest(); }

 private:
  struct State;
  [[noreturn]] void fail(const std::string& said, std::string do_next = {}) const;

  std::string name_;
  LineReader lines_;
  std::string_view line_;
  std::unique_ptr<State> state_;
};

}  // namespace strata::results
