#include "bench/experiments/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::array<ParameterSpec, 3> kSpecs{
    {{"victim", "a/b,c", "", true}, {"pauses", "1s,2s", "", false}, {"count", "1", "", true}}};

template <typename Act>
std::string usage_error_of(const Act& act) {
  try {
    act();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Combine, MakesAWorkloadOfEachCombination) {
  const auto sets = combine("x", kSpecs, {{"count", {"2", "4"}}});
  ASSERT_EQ(sets.size(), 4U);
  EXPECT_EQ(sets[0].name, "x/a/b/2");
  EXPECT_EQ(sets[1].name, "x/a/b/4");
  EXPECT_EQ(sets[3].name, "x/c/4");
  EXPECT_THAT(sets[3].values,
              ElementsAre(Pair("count", "4"), Pair("pauses", "1s,2s"), Pair("victim", "c")));
}

TEST(Combine, KeepsAListThatIsNoPartOfTheName) {
  const auto sets = combine("x", kSpecs, {{"victim", {"v"}}, {"pauses", {"1s", "5s"}}});
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].name, "x/v/1");
  EXPECT_EQ(sets[0].values.at("pauses"), "1s,5s");
}

TEST(Combine, RefusesWhatTheExperimentDoesNotHave) {
  EXPECT_THAT(usage_error_of([] {
                combine("x", kSpecs, {{"cuont", {"2"}}});
              }),
              HasSubstr("did you mean \"count\"?"));
  EXPECT_THAT(usage_error_of([] {
                combine("x", {}, {{"count", {"2"}}});
              }),
              HasSubstr("it has no parameters"));
  EXPECT_THAT(usage_error_of([] {
                combine("x", kSpecs, {{"count", {"2", ""}}});
              }),
              HasSubstr("a value is empty"));
}

TEST(Parameters, AreReadOrRefusedWithTheirName) {
  const Parameters parameters{{"n", "12"},         {"word", "12x"},       {"part", "25%"},
                              {"size", "4GiB"},    {"spaced", "512 MiB"}, {"many", "125%"},
                              {"time", "3s"},      {"none", "0"},         {"half", "0.5"},
                              {"list", "10ms,1s"}, {"back", "1s,10ms"},   {"huge", "1e300GiB"}};
  EXPECT_EQ(whole_number(parameters, "n", 1, 12), 12U);
  EXPECT_THAT(usage_error_of([&] { whole_number(parameters, "n", 1, 11); }),
              HasSubstr("read parameter n = \"12\""));
  EXPECT_THROW(whole_number(parameters, "word", 1, 99), UsageError);
  EXPECT_EQ(memory_amount(parameters, "part", {4000}).count, 1000U);
  EXPECT_EQ(memory_amount(parameters, "size", {1}), mebibytes(4096));
  EXPECT_EQ(memory_amount(parameters, "spaced", {1}), mebibytes(512));
  for (const char* const wrong : {"many", "time", "none", "huge", "n", "list"}) {
    EXPECT_THROW(memory_amount(parameters, wrong, {1000}), UsageError) << wrong;
  }
  EXPECT_EQ(positive_number(parameters, "half"), 0.5);
  EXPECT_THROW(positive_number(parameters, "none"), UsageError);
  EXPECT_THROW(positive_number(parameters, "time"), UsageError);
  EXPECT_THAT(growing_durations(parameters, "list"), ElementsAre(10ms, 1s));
  EXPECT_THROW(growing_durations(parameters, "back"), UsageError);
  EXPECT_THROW(growing_durations(parameters, "n"), UsageError);
}

}  // namespace
}  // namespace strata::bench
