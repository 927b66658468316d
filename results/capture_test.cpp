#include "results/capture.h"

#include <gtest/gtest.h>

#include "results/testing/folder.h"

namespace strata::results {
namespace {

std::string command_line_of(const std::string& content) {
  const testing::Folder root;
  testing::write_file(root / "proc/cmdline", content);
  const auto environment = capture_environment(root.path(), root.path());
  const auto found = environment.facts.find("kernel.command_line");
  return found == environment.facts.end() ? "absent" : found->second;
}

TEST(Capture, KeepsOfTheCommandLineWhatIsTheKernels) {
  EXPECT_EQ(command_line_of("root=/dev/sda1  quiet init=/bin/x mitigations=off\n"),
            "root=/dev/sda1 quiet mitigations=off");
  EXPECT_EQ(command_line_of("nosmt rdinit=/y -- --secret=1 --port 2"), "nosmt");
  EXPECT_EQ(command_line_of("-- all for init"), "absent");
}

TEST(Capture, LeavesOutWhatCantBeRead) {
  const testing::Folder root;
  const auto facts = capture_environment(root.path(), root.path()).facts;
  EXPECT_FALSE(facts.contains("cpu.model"));
  EXPECT_FALSE(facts.contains("memory.total_bytes"));
}

}  // namespace
}  // namespace strata::results
