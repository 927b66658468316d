#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "results/journal.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// One line of a journal, without the line's end. Bytes that are not UTF-8 become U+FFFD: programs
/// may print anything, and a journal must stay readable.
std::string to_journal_line(const RunHeader& header);
std::string to_journal_line(const Trial& trial);
std::string to_journal_line(const RunFooter& footer);

/// What a line of a journal is.
enum class LineKind { kHeader, kTrial, kFooter };

/// Reads lines of a journal. Keeps its buffers between lines, since a journal may have a million of
/// them. Outside data: nothing in it is trusted. Every call throws Error saying what is wrong with
/// the line.
class JournalLineReader {
 public:
  JournalLineReader();
  ~JournalLineReader();
  JournalLineReader(const JournalLineReader&) = delete;
  JournalLineReader& operator=(const JournalLineReader&) = delete;

  LineKind read(std::string_view line);
  /// Of the line last read; valid for its kind.
  [[nodiscard]] Trial trial() const;
  [[nodiscard]] RunHeader header() const;
  [[nodiscard]] RunFooter footer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::results
