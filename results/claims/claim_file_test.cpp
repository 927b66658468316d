#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <set>
#include <string>

#include "results/claims/claim.h"
#include "results/testing/folder.h"

namespace strata::results {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

const std::string kGood = R"([[claim]]
id = "a"
statement = "b"
source = { title = "c", year = 2015, doi = "10.1/2" }
metric = "real_time"
workloads = ["os/*"]
target = "docker"
baseline = "process"
kind = "ratio"
relation = "at most"
bound = 110
unit = "%"
needs = ["kvm"]
)";

std::string with(const std::string& old, const std::string& replaced) {
  auto text = kGood;
  return text.replace(text.find(old), old.size(), replaced);
}
std::string error_in(const std::string& toml) {
  return error_of([&] { parse_claims(toml, "x.toml"); });
}

TEST(ParseClaims, ReadsWhatAClaimSays) {
  const auto file = parse_claims(kGood, "folder/mine.toml");
  EXPECT_EQ(file.name, "mine");
  ASSERT_EQ(file.claims.size(), 1U);
  const auto& claim = file.claims[0];
  EXPECT_EQ(claim.source.reference, "10.1/2");
  EXPECT_EQ(claim.source.year, 2015);
  EXPECT_DOUBLE_EQ(claim.bound, 1.1);
  EXPECT_EQ(claim.kind, Claim::Kind::kRatio);
  EXPECT_EQ(claim.relation, Claim::Relation::kAtMost);
  EXPECT_TRUE(claim.verified);
  EXPECT_EQ(claim.confidence, 0.95);
}

TEST(ParseClaims, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(error_in(with("metric =", "metrik =")),
              HasSubstr("x.toml:5:1: unknown key \"metrik\"; did you mean \"metric\"?"));
  EXPECT_THAT(error_in(with("\"%\"", "\"furlong\"")),
              HasSubstr("x.toml:12:8: \"furlong\" is no unit"));
  EXPECT_THAT(error_in(with("\"%\"", "\"ms\"")), HasSubstr("a ratio has no unit but x or %"));
  EXPECT_THAT(error_in(with("at most", "at mots")), HasSubstr("did you mean \"at most\"?"));
  EXPECT_THAT(error_in(with("bound = 110", "bound = nan")), HasSubstr("must be a number"));
  EXPECT_THAT(error_in(with("bound = 110", "bound = -1")), HasSubstr("must be above 0"));
  EXPECT_THAT(error_in(with("metric = \"real_time\"\n", "")), HasSubstr("a claim is about"));
  EXPECT_THAT(error_in(with("metric = \"real_time\"", "from = [\"requestd\"]\nto = \"ready\"")),
              HasSubstr("did you mean \"requested\"?"));
  EXPECT_THAT(error_in(with("baseline = \"process\"\n", "")), HasSubstr("need a \"baseline\""));
  EXPECT_THAT(error_in(kGood + kGood), HasSubstr("a second claim is called \"a\""));
  EXPECT_THAT(error_in("[[claim]]\nid = \"a"), HasSubstr("x.toml:2:"));
  EXPECT_THAT(error_in(""), HasSubstr("the file claims nothing"));
  EXPECT_THAT(error_in("claim = [1]"), HasSubstr("\"claim\" must be a table"));
}

TEST(ParseClaims, DamagedFilesGetAnErrorAndNothingElse) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    auto text = kGood;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const auto at = static_cast<std::size_t>(random() % text.size());
      if (random() % 2 == 0) {
        text.erase(at, random() % 8);
      } else {
        text[at] = "\"[]{}=\n0a.-#'"[random() % 13];
      }
    }
    EXPECT_THAT(error_of([&] { parse_claims(text, "x.toml"); }),
                ::testing::AnyOf("no error", HasSubstr("read claims x.toml:")));
  }
}

TEST(ShippedClaims, AreAllReadableWithTheirSources) {
  std::set<std::string> names;
  for (const auto& shipped : shipped_claims()) {
    const auto file = load_claims(std::string(shipped.name));
    names.insert(file.name);
    EXPECT_FALSE(file.description.empty()) << file.name;
    for (const auto& claim : file.claims) {
      EXPECT_FALSE(claim.source.title.empty()) << claim.id;
      EXPECT_TRUE(!claim.unmeasurable.empty() || !claim.target.empty()) << claim.id;
    }
  }
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"felter-2015", "firecracker-specification", "gvisor",
                                       "lambda", "migration-template", "virtualization-spectrum"}));
  EXPECT_THAT(error_of([] { load_claims("gviser"); }), HasSubstr("did you mean \"gvisor\"?"));
}

}  // namespace
}  // namespace strata::results
