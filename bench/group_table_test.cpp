#include "bench/group_table.h"

#include <gtest/gtest.h>

#include "results/result.h"
#include "results/testing/folder.h"

namespace strata::bench {
namespace {

/// Two groups on a target that costs twice as much on one workload and the same on the others.
plots::RunView sample_view(const std::filesystem::path& folder) {
  results::RunHeader header;
  header.run_id = "0123456789abcdef";
  header.baseline = "process";
  header.targets = {{"process", "process", {}, {}},
                    {"docker", "docker", {}, {{"scratch", "overlay"}}},
                    {"kvm", "kvm", {}, {{"accelerator", "tcg"}}}};
  auto journal = results::Journal::create(folder, header);
  for (std::uint32_t block = 0; block < 8; ++block) {
    for (const auto* const workload : {"disk/a", "disk/b", "os/c"}) {
      for (const auto& [target, control] :
           {std::pair{"process", false}, std::pair{"process", true}, std::pair{"docker", false}}) {
        const bool dear = std::string(target) == "docker" && std::string(workload) == "disk/b";
        Trial trial;
        trial.workload = workload;
        trial.target = target;
        trial.control = control;
        trial.block = block;
        const double wobble = 1 + 0.001 * ((block * 7 + (control ? 3 : 0)) % 5);
        trial.metrics = {{"real_time", (dear ? 4000 : 1000) * wobble, "ns", Better::kLower}};
        journal.append(trial);
      }
    }
  }
  results::write_result(journal.path(), folder / "result.json");
  return plots::RunView::load(folder);
}

TEST(GroupTable, HasARowAGroupAndALineASurprise) {
  const results::testing::Folder folder;
  const auto view = sample_view(folder.path());
  const auto table = group_table(view, false);
  EXPECT_NE(table.find("disk (2 workloads)"), std::string::npos) << table;
  EXPECT_NE(table.find("2.00x ["), std::string::npos) << table;
  EXPECT_NE(table.find("process (baseline)"), std::string::npos) << table;
  EXPECT_NE(table.find("kvm (tcg: emulated)"), std::string::npos) << table;
  EXPECT_EQ(table.find('\033'), std::string::npos);
  EXPECT_NE(group_table(view, true).find('\033'), std::string::npos);
  const auto surprises = surprise_lines(view);
  EXPECT_TRUE(surprises.starts_with("surprise: disk/b on docker: 4.00x [")) << surprises;
  EXPECT_TRUE(surprises.ends_with("; scratch: overlay\n")) << surprises;
}

}  // namespace
}  // namespace strata::bench
