#include <cmath>
#include <cstdlib>
#include <string>

#include "results/fuzz/fuzz_entry.h"
#include "results/fuzz/memory_file.h"
#include "results/journal_lines.h"
#include "results/vocabulary/error.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// What was accepted has to come back from a line of its own.
void check(const strata::Trial& trial) {
  const auto line = strata::results::to_journal_line(strata::results::RunHeader{}) + "\n" +
                    strata::results::to_journal_line(trial) + "\n";
  const strata::results::testing::MemoryFile file(
      reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  strata::results::JournalReader reader(file.fd(), "again");
  using Line = strata::results::JournalReader::Line;
  require(reader.next() == Line::kHeader);
  require(reader.next() == Line::kTrial);
  const auto& again = reader.trial();
  require(again.workload == trial.workload && again.metrics == trial.metrics);
  require(again.failure == trial.failure && again.checksum == trial.checksum);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const strata::results::testing::MemoryFile file(data, size);
  strata::results::JournalReader reader(file.fd(), "journal");
  using Line = strata::results::JournalReader::Line;
  try {
    for (auto line = reader.next(); line != Line::kEnd; line = reader.next()) {
      if (line == Line::kHeader) static_cast<void>(reader.header());
      if (line == Line::kFooter) static_cast<void>(reader.footer());
      if (line == Line::kTrial) check(reader.trial());
    }
    require(reader.offset() + reader.rest().size() == size);
  } catch (const strata::UsageError& error) {
    require(error.failure().tried.starts_with("read journal:"));
    require(!error.failure().said.empty());
  }
  return 0;
}
