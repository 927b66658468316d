#include <gtest/gtest.h>

#include <string>

#include "results/fuzz/mutations.h"
#include "results/gzip.h"
#include "results/journal_lines.h"
#include "results/result.h"
#include "results/testing/folder.h"
#include "results/testing/sample_run.h"

namespace strata::results::testing {
namespace {

TEST(ResultFuzz, DamagedResultsGetAnErrorAndNothingElse) {
  const Folder folder;
  auto journal = to_journal_line(sample_header()) + "\n";
  for (std::uint32_t block = 0; block < 7; ++block) {
    journal += to_journal_line(sample_trial("os/getppid", "process", block)) + "\n";
    journal += to_journal_line(sample_trial("os/getppid", "docker", block)) + "\n";
  }
  write_file(folder / "journal.jsonl", journal);
  write_result(folder / "journal.jsonl", folder / "result.json");
  const auto whole = read_file(folder / "result.json");
  // Without the part that is passed over, most of the damage is done to what is read.
  const auto strata = "{\n" + whole.substr(whole.find("\"strata\""));
  feed_mutations({whole, strata}, 4000);
  feed_mutations({gzipped(strata)}, 1000);
}

}  // namespace
}  // namespace strata::results::testing
