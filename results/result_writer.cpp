#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "results/benchmark_entries.h"
#include "results/journal_lines.h"
#include "results/json_text.h"
#include "results/output_file.h"
#include "results/result.h"
#include "results/run_json.h"
#include "results/summary_json.h"
#include "results/trial_rows.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

UniqueFd open_journal(const fs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw system_error(fmt::format("read {}", path.string()), errno);
  return fd;
}

/// Begins a new line for a list's next element.
void next_line(std::string& out, bool first) { out += first ? "\n" : ",\n"; }

}  // namespace

ResultHead write_result(const fs::path& journal, const fs::path& result) {
  const auto journal_fd = open_journal(journal);
  JournalReader lines(journal_fd.get(), journal.string());
  using Line = JournalReader::Line;
  if (lines.next() != Line::kHeader) {
    throw Error(fmt::format("read {}", journal.string()), "it has no whole line");
  }
  ResultHead head;
  head.header = lines.header();

  // Trials go into two lists. The one for others is written as it comes; ours waits in a file of
  // its own, since the texts its rows refer to have to stand before them and are known only at the
  // end.
  auto file = OutputFile::next_version_of(result);
  auto rows = OutputFile::nameless(result);
  file.buffer() += fmt::format("{{\n\"context\": {},\n\"benchmarks\": [",
                               dumped(benchmark_context(head.header), 2));
  TrialRowWriter row_writer;
  BenchmarkEntries entries(head.header);
  Summarizer summarizer(head.header.baseline);
  bool first_row = true;
  bool first_entry = true;
  for (auto line = lines.next(); line != Line::kEnd; line = lines.next()) {
    if (line == Line::kFooter) {
      head.footers.push_back(lines.footer());
      continue;
    }
    const auto& trial = lines.trial();
    next_line(rows.buffer(), std::exchange(first_row, false));
    row_writer.append_row(trial, rows.buffer());
    rows.flush_if_full();
    if (BenchmarkEntries::has_entry(trial)) {
      next_line(file.buffer(), std::exchange(first_entry, false));
      entries.append_entry(trial, file.buffer());
      file.flush_if_full();
    }
    summarizer.add(trial);
  }
  head.summary = summarizer.finish();

  auto& out = file.buffer();
  const auto section = [&](std::string_view name, const Json& json) {
    out += fmt::format("\"{}\": ", name);
    out += dumped(json);
    out += ",\n";
  };
  out += "\n],\n\"strata\": {\n";
  section("schema", kSchemaVersion);
  section("run", head.header);
  section("ends", head.footers);
  section("summary", head.summary);
  section("tables", row_writer.tables());
  out += "\"trials\": [";
  file.append(rows);
  out += "\n]\n}\n}\n";
  file.replace();
  return head;
}

}  // namespace strata::results
