#include "results/google_benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex.h>

#include <random>
#include <regex>
#include <string>

#include "results/testing/folder.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

/// As version 1.7.1 prints it, with one entry.
std::string output_with(const std::string& entries) {
  return R"({
  "context": {
    "date": "2026-03-01T12:00:00+00:00",
    "num_cpus": 2,
    "library_build_type": "debug"
  },
  "benchmarks": [
)" + entries +
         R"(
  ]
}
)";
}

std::string entry(const std::string& name, const std::string& more = "") {
  return R"(    {
      "name": ")" +
         name + R"(",
      "family_index": 0,
      "per_family_instance_index": 0,
      "run_name": ")" +
         name + R"(",
      "run_type": "iteration",
      "repetitions": 1,
      "repetition_index": 0,
      "threads": 1,
      "iterations": 1000,
      "real_time": 2.5000000000000000e+00,
      "cpu_time": 2.2500000000000000e+00,
      "time_unit": "us")" +
         more + "\n    }";
}

std::string complaint(const std::string& output, const std::string& name = "sort/64") {
  return error_of([&] { parse_benchmark_output(output, name); });
}

TEST(ParseBenchmarkOutput, ReadsTimesInNanosecondsAndCounters) {
  const auto output = parse_benchmark_output(
      output_with(entry("sort/32") + ",\n" +
                  entry("sort/64",
                        ",\n \"checksum\": 4.2949672910000000e+09,\n \"depth\": 7,\n"
                        " \"bytes_per_second\": 1.5e9")),
      "sort/64");
  EXPECT_EQ(output.checksum, "4294967291");
  const std::vector<Metric> expected{{"real_time", 2500, "ns", Better::kLower},
                                     {"cpu_time", 2250, "ns", Better::kLower},
                                     {"iterations", 1000, "", Better::kHigher},
                                     {"bytes_per_second", 1.5e9, "B/s", Better::kHigher},
                                     {"depth", 7, "", Better::kLower}};
  EXPECT_EQ(output.metrics, expected);
}

TEST(ParseBenchmarkOutput, KnowsEveryTimeUnit) {
  for (const auto& [unit, factor] : {std::pair{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}) {
    auto text = output_with(entry("a"));
    text.replace(text.find("\"us\""), 4, "\"" + std::string(unit) + "\"");
    EXPECT_EQ(parse_benchmark_output(text, "a").metrics[0].value, 2.5 * factor);
  }
}

TEST(ParseBenchmarkOutput, RepetitionsAreReducedToTheirMedianAndAggregatesLeftOut) {
  const auto with_time = [](const std::string& time, const std::string& type) {
    return R"({"name":"a","run_name":"a","run_type":")" + type +
           R"(","iterations":3,"real_time":)" + time +
           R"(,"cpu_time":1,"time_unit":"ns","rate_per_second":)" + time + "}";
  };
  const auto output = parse_benchmark_output(
      output_with(with_time("5", "iteration") + "," + with_time("100", "iteration") + "," +
                  with_time("6", "iteration") + "," + with_time("37", "aggregate")),
      "a");
  EXPECT_EQ(output.metrics[0], (Metric{"real_time", 6, "ns", Better::kLower}));
  EXPECT_EQ(output.metrics[3], (Metric{"rate_per_second", 6, "1/s", Better::kHigher}));
  EXPECT_EQ(output.checksum, std::nullopt);
}

TEST(ParseBenchmarkOutput, NamesSayTheUnitOfACounter) {
  struct Row {
    const char* name;
    const char* unit;
    Better better;
  };
  for (const auto& row : {Row{"write_bytes_per_second", "B/s", Better::kHigher},
                          {"items_per_second", "1/s", Better::kHigher},
                          {"iops", "1/s", Better::kHigher},
                          {"p99_ns", "ns", Better::kLower},
                          {"p99_us", "us", Better::kLower},
                          {"p99_ms", "ms", Better::kLower},
                          {"wait_seconds", "s", Better::kLower},
                          {"array_bytes", "B", Better::kLower},
                          {"max_bytes_used", "B", Better::kLower},
                          {"misses", "", Better::kLower}}) {
    const auto text = output_with(entry("a", std::string(", \"") + row.name + "\": 3"));
    const auto metrics = parse_benchmark_output(text, "a").metrics;
    ASSERT_EQ(metrics.size(), 4U);
    EXPECT_EQ(metrics[3], (Metric{row.name, 3, row.unit, row.better}));
  }
}

TEST(ParseBenchmarkOutput, ACounterDoesNotTakeTheNameOfWhatStampsSay) {
  const auto text = output_with(entry("a", R"(, "startup": 3, "until_main": 4)"));
  const auto metrics = parse_benchmark_output(text, "a").metrics;
  EXPECT_EQ(metrics[3].name, "counter_startup");
  EXPECT_EQ(metrics[4].name, "counter_until_main");
}

TEST(ParseBenchmarkOutput, TakesEntriesOfOlderVersionsWithoutRunName) {
  const auto text =
      R"({"benchmarks":[{"name":"a","iterations":1,"real_time":3,"cpu_time":2,"time_unit":"ns"}]})";
  EXPECT_EQ(parse_benchmark_output(text, "a").metrics[0].value, 3);
}

TEST(ParseBenchmarkOutput, PassesOverWhatIsPrintedAroundTheJson) {
  const auto text =
      "warning: {no sleep}\n{note} set FOO\n" + output_with(entry("a")) + "leaked 3 objects {\n";
  EXPECT_EQ(parse_benchmark_output(text, "a").metrics[0].value, 2500);
}

TEST(ParseBenchmarkOutput, ChecksumsThatDifferBetweenRepetitionsAreAnError) {
  const auto text =
      output_with(entry("a", R"(, "checksum": 1)") + "," + entry("a", R"(, "checksum": 2)"));
  EXPECT_THAT(complaint(text, "a"), HasSubstr("checksums 1 and 2"));
}

TEST(ParseBenchmarkOutput, AChecksumKeepsItsDigits) {
  const auto checksum = [](const std::string& number) {
    return *parse_benchmark_output(output_with(entry("a", ", \"checksum\": " + number)), "a")
                .checksum;
  };
  EXPECT_EQ(checksum("9007199254740992"), "9007199254740992");
  EXPECT_EQ(checksum("0"), "0");
  EXPECT_EQ(checksum("0.5"), "0.5");
  EXPECT_EQ(checksum("1e300"), "1e+300");
}

TEST(ParseBenchmarkOutput, SaysWhatIsWrongWithIt) {
  const auto good = output_with(entry("sort/64"));
  EXPECT_THAT(complaint(""), HasSubstr("it printed nothing; is it a Google Benchmark program?"));
  EXPECT_THAT(complaint("Hello,\nworld"), HasSubstr("it printed no JSON but: Hello, world"));
  EXPECT_THAT(complaint("{}"), HasSubstr("no list \"benchmarks\""));
  EXPECT_THAT(complaint(R"({"benchmarks": 3})"), HasSubstr("no list \"benchmarks\""));
  EXPECT_THAT(complaint(R"({"benchmarks": []})"), HasSubstr("it ran no benchmark at all"));
  EXPECT_THAT(complaint(R"({"benchmarks": [3]})"), HasSubstr("is no object"));
  EXPECT_THAT(complaint(good, "sort/128"),
              HasSubstr("says of sort/128: it ran others: sort/64; see --benchmark_list_tests"));
  EXPECT_THAT(complaint(output_with(entry(
                  "sort/64", R"(, "error_occurred": true, "error_message": "can't open\nx")"))),
              HasSubstr("the benchmark reports an error: can't open x"));
  EXPECT_THAT(
      complaint(output_with(entry("sort/64", R"(, "skipped": true, "skip_message": "no GPU")"))),
      HasSubstr("the benchmark was skipped: no GPU"));
}

TEST(ParseBenchmarkOutput, SaysWhichNumberIsMissing) {
  for (const std::string key : {"real_time", "cpu_time", "iterations"}) {
    auto text = output_with(entry("sort/64"));
    text.replace(text.find("\"" + key), key.size() + 1, "\"x_" + key);
    EXPECT_THAT(complaint(text), HasSubstr("no number \"" + key + "\""));
  }
  auto text = output_with(entry("sort/64"));
  text.replace(text.find("\"us\""), 4, "3");
  EXPECT_THAT(complaint(text), HasSubstr("\"time_unit\" is \"\"; known: ns, us, ms, s"));
  text = output_with(entry("sort/64", R"(, "iterations": "many")"));
  EXPECT_THAT(complaint(text), HasSubstr("no number \"iterations\""));
}

TEST(ParseBenchmarkOutput, ANumberThatIsNoneIsShownWithItsName) {
  for (const char* const number : {"NaN", "-NaN", "Infinity", "nan", "inf", "-inf"}) {
    const auto text = output_with(entry("sort/64", std::string(",\n      \"hits\": ") + number));
    EXPECT_THAT(complaint(text), HasSubstr(std::string("\"hits\": ") + number)) << number;
    EXPECT_THAT(complaint(text), HasSubstr("divided by 0")) << number;
  }
  EXPECT_THAT(complaint(output_with(entry("sort/64", ", \"hits\": 1e999"))),
              HasSubstr("its JSON can't be read"));
  auto text = output_with(entry("sort/64"));
  text.replace(text.find("2.5000000000000000e+00"), 22, "1.7e308");
  EXPECT_THAT(complaint(text), HasSubstr("\"real_time\" is not finite"));
}

TEST(ParseBenchmarkOutput, CutOffAnywhereItSaysWhere) {
  const auto whole = output_with(entry("sort/64"));
  const auto end = whole.rfind('}');
  for (std::size_t length = 1; length <= end; ++length) {
    const auto text = complaint(whole.substr(0, length));
    // A brace alone may be anything.
    if (length < 5) {
      EXPECT_THAT(text, HasSubstr("it")) << length;
    } else {
      EXPECT_THAT(text, HasSubstr("its JSON ends after " + std::to_string(length) + " bytes"));
    }
  }
  EXPECT_EQ(complaint(whole.substr(0, end + 1)), "no error");
}

TEST(ParseBenchmarkOutput, DamagedItShowsTheLine) {
  auto text = output_with(entry("sort/64"));
  text.replace(text.find("\"threads\": 1"), 12, "oops, a line on stdout");
  EXPECT_THAT(complaint(text), HasSubstr("oops, a line on stdout"));
  EXPECT_THAT(complaint(text), HasSubstr("Let it use stderr"));
}

TEST(ParseBenchmarkOutput, WhatItQuotesIsShortAndPrintable) {
  const auto text = complaint(std::string(16'000'000, '\x1b'));
  EXPECT_LT(text.size(), 400U);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ParseBenchmarkOutput, SixteenMebibytesOfBracketsTakeNoMemory) {
  EXPECT_THAT(complaint("{\"benchmarks\":" + std::string(16U << 20U, '[')),
              HasSubstr("nested too deeply"));
  std::string many = "{\n";
  while (many.size() < 1U << 20U) many += "{\"";
  EXPECT_THAT(complaint(many), HasSubstr("damaged at byte 5"));
}

TEST(ParseBenchmarkList, TakesOneNameALine) {
  EXPECT_EQ(parse_benchmark_list("a/1\nb<int>/2\r\n\nc"),
            (std::vector<std::string>{"a/1", "b<int>/2", "c"}));
}

TEST(ParseBenchmarkList, RefusesWhatIsNone) {
  EXPECT_THAT(error_of([] { parse_benchmark_list("\n\n"); }), HasSubstr("it named none"));
  EXPECT_THAT(error_of([] {
                parse_benchmark_list(
                    "\x7f"
                    "ELF\x01");
              }),
              HasSubstr("no benchmark's name"));
}

bool matches_as_posix(const std::string& filter, const std::string& name) {
  regex_t compiled{};
  EXPECT_EQ(::regcomp(&compiled, filter.c_str(), REG_EXTENDED | REG_NOSUB), 0) << filter;
  const bool matches = ::regexec(&compiled, name.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return matches;
}

/// Google Benchmark is built with one or the other.
TEST(ExactFilter, MatchesTheNameAndNoOtherInEveryRegexLibrary) {
  std::mt19937_64 random(3);
  const std::string letters = "ab/:<>,.[]{}()\\*+?|^$-_ 1";
  const auto any_name = [&] {
    std::string name(1, 'n');
    for (auto count = random() % 8; count > 0; --count) name += letters[random() % letters.size()];
    return name;
  };
  for (int round = 0; round < 300; ++round) {
    const auto name = any_name();
    const auto filter = exact_filter(name);
    const std::regex standard(filter, std::regex::extended);
    EXPECT_TRUE(matches_as_posix(filter, name)) << filter;
    EXPECT_TRUE(std::regex_search(name, standard)) << filter;
    for (const auto& other : {any_name(), name + "x", "x" + name, name.substr(1)}) {
      if (other == name) continue;
      EXPECT_FALSE(matches_as_posix(filter, other)) << filter << ' ' << other;
      EXPECT_FALSE(std::regex_search(other, standard)) << filter << ' ' << other;
    }
  }
}

}  // namespace
}  // namespace strata::results
