#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "results/result.h"
#include "results/result_file.h"
#include "results/testing/folder.h"
#include "results/unpacked_file.h"

namespace strata::results {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string unpacked(const std::filesystem::path& path) {
  UnpackedFile file(path);
  std::string text;
  std::string piece(1UL << 16U, '\0');
  for (std::size_t count = 0; (count = file.read(piece.data(), piece.size())) > 0;) {
    text.append(piece, 0, count);
  }
  return text;
}

TEST(ResultFile, OfAFolderIsTheResultInIt) {
  const testing::Folder folder;
  EXPECT_EQ(result_file(folder.path()), folder / "result.json");
  testing::write_file(folder / "result.json.gz", "");
  EXPECT_EQ(result_file(folder.path()), folder / "result.json.gz");
  testing::write_file(folder / "result.json", "");
  EXPECT_EQ(result_file(folder.path()), folder / "result.json");
  EXPECT_EQ(result_file(folder / "other.json"), folder / "other.json");
}

TEST(ReferenceResult, IsWholeAndOfEveryParadigm) {
  std::set<std::string> measured;
  std::size_t trials = 0;
  const auto head = read_result(result_file(STRATA_REFERENCE), [&](const Trial& trial) {
    ++trials;
    if (!trial.failure) measured.insert(trial.target);
  });
  EXPECT_EQ(head.header.suite, "standard");
  EXPECT_EQ(trials, head.summary.trials);
  EXPECT_GE(head.header.blocks, 6U) << "fewer have no intervals";
  std::set<std::string> drivers;
  for (const auto& target : head.header.targets) {
    EXPECT_TRUE(measured.contains(target.name)) << target.name;
    drivers.insert(target.driver);
  }
  EXPECT_EQ(drivers, (std::set<std::string>{"docker", "faas", "kvm", "process"}));
  EXPECT_TRUE(head.summary.differing_checksums.empty());
  EXPECT_TRUE(head.header.environment.facts.contains("cpu.model"));
}

TEST(ReferenceResult, NamesNobodysFolders) {
  const auto text = unpacked(result_file(STRATA_REFERENCE));
  for (const char* const place : {"/home/", "/root/", "/build/"}) {
    EXPECT_THAT(text, Not(HasSubstr(place)));
  }
}

}  // namespace
}  // namespace strata::results
