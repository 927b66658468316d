#include <gtest/gtest.h>

#include <string>

#include "results/fuzz/mutations.h"
#include "results/journal_lines.h"
#include "results/testing/sample_run.h"

namespace strata::results::testing {
namespace {

TEST(JournalFuzz, DamagedJournalsGetAnErrorThatNamesTheLine) {
  auto trial = sample_trial("os/getppid", "docker", 3);
  auto failed = trial;
  failed.failure = Failure{"start it", "it fell", "catch it"};
  const auto header = to_journal_line(sample_header()) + "\n";
  const auto rest = to_journal_line(trial) + "\n" + to_journal_line(failed) + "\n" +
                    to_journal_line(RunFooter{1.5, 0.5, true, "SIGINT"}) + "\n";
  // With a short header, most of the damage is done to what follows it.
  const auto short_header = to_journal_line(RunHeader{}) + "\n";
  feed_mutations({header + rest, short_header + rest}, 5000);
}

}  // namespace
}  // namespace strata::results::testing
