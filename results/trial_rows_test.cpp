#include "results/trial_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "results/testing/folder.h"
#include "results/testing/sample_run.h"

namespace strata::results {
namespace {

using testing::any_trial;
using testing::as_in_result;
using testing::error_of;
using testing::expect_equal;
using ::testing::HasSubstr;
using testing::sample_trial;

std::string row_of(const Trial& trial, TrialRowWriter& writer) {
  std::string row;
  writer.append_row(trial, row);
  return row;
}

TEST(TrialRows, ATrialIsAListOfNumbers) {
  TrialRowWriter writer;
  auto trial = sample_trial("os/getppid", "docker", 4);
  EXPECT_EQ(row_of(trial, writer),
            "[0,0,0,4,12,0,0,null,1000,2000,null,4000,5000,6000,7000,8000,777,"
            "0,104.25,1,99.5,2,5000000,3,333333333.3333333]");
  trial.target = "process";
  trial.control = true;
  trial.checksum.reset();
  trial.stamps = {};
  trial.metrics = {{"cpu_time", 1, "ns", Better::kLower}, {"cpu_time", 2, "s", Better::kLower}};
  trial.failure = Failure{"run", "it fell", ""};
  EXPECT_EQ(row_of(trial, writer),
            "[0,1,1,4,12,0,null,0,null,null,null,null,null,null,null,null,null,1,1,4,2]");
  // The same failure again takes no room.
  EXPECT_THAT(row_of(trial, writer), HasSubstr(",null,0,null"));
  EXPECT_EQ(writer.tables()["failures"].size(), 1U);
  EXPECT_EQ(writer.tables()["metrics"].size(), 5U);
}

TEST(TrialRows, AnyTrialComesBack) {
  std::mt19937_64 random(99);
  TrialRowWriter writer;
  std::vector<Trial> trials;
  std::vector<std::string> rows;
  for (int i = 0; i < 1000; ++i) {
    trials.push_back(any_trial(random));
    rows.push_back(row_of(trials.back(), writer));
  }
  TrialRowReader reader(nlohmann::json::parse(writer.tables().dump()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    expect_equal(reader.read(rows[i]), as_in_result(trials[i]));
  }
}

TEST(TrialRows, WhiteSpaceIsOfNoConcern) {
  TrialRowWriter writer;
  const auto trial = sample_trial("w", "t", 1);
  auto row = row_of(trial, writer);
  for (std::size_t at = 0; (at = row.find(',', at)) != std::string::npos; at += 4) {
    row.replace(at, 1, " ,\n\t");
  }
  TrialRowReader reader(writer.tables());
  expect_equal(reader.read(" \r\n" + row), as_in_result(trial));
}

TEST(TrialRows, RefusesWhatIsNoRow) {
  TrialRowWriter writer;
  const auto good = row_of(sample_trial("w", "t", 0), writer);
  TrialRowReader reader(writer.tables());
  const auto complaint = [&](const std::string& row) {
    return error_of([&] { reader.read(row); });
  };
  EXPECT_THAT(complaint(""), HasSubstr("no list of numbers, from its byte 0 on"));
  EXPECT_THAT(complaint("[]"), HasSubstr("no list of numbers, from its byte 1 on"));
  EXPECT_THAT(complaint("[1,2"), HasSubstr("no list of numbers, from its byte 4 on"));
  EXPECT_THAT(complaint("[1,\"2\"]"), HasSubstr("from its byte 3 on"));
  EXPECT_THAT(complaint("[nan]"), HasSubstr("from its byte 1 on"));
  EXPECT_THAT(complaint("[-inf]"), HasSubstr("from its byte 1 on"));
  EXPECT_THAT(complaint("[1e999]"), HasSubstr("from its byte 1 on"));
  EXPECT_THAT(complaint("[1,2]"), HasSubstr("it has 2 numbers"));
  EXPECT_THAT(complaint(good.substr(0, good.size() - 1) + ",3]"), HasSubstr("it has 26 numbers"));
  // Place by place: what no trial can have.
  std::vector<std::string> fields;
  for (std::size_t at = 1; at < good.size();) {
    const auto end = good.find_first_of(",]", at);
    fields.push_back(good.substr(at, end - at));
    at = end + 1;
  }
  const auto with = [&](std::size_t place, const std::string& value) {
    std::string row = "[";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      row += (i > 0 ? "," : "") + (i == place ? value : fields[i]);
    }
    return complaint(row + "]");
  };
  EXPECT_EQ(with(0, "0"), "no error");
  EXPECT_THAT(with(0, "7"), HasSubstr("its workload is number 7 of 1"));
  EXPECT_THAT(with(0, "null"), HasSubstr("its workload is no whole number"));
  EXPECT_THAT(with(1, "-1"), HasSubstr("its target is no whole number"));
  EXPECT_THAT(with(2, "null"), HasSubstr("its control is no whole number"));
  EXPECT_THAT(with(3, "0.5"), HasSubstr("its block is no whole number"));
  EXPECT_THAT(with(4, "4294967296"), HasSubstr("its order is no whole number"));
  EXPECT_THAT(with(5, "1"), HasSubstr("its program is number 1 of 1"));
  EXPECT_THAT(with(6, "1"), HasSubstr("its checksum is number 1 of 1"));
  EXPECT_THAT(with(7, "0"), HasSubstr("its failure is number 0 of 0"));
  EXPECT_THAT(with(8, "1e300"), HasSubstr("a stamp is out of range"));
  EXPECT_THAT(with(16, "-1e17"), HasSubstr("a stamp is out of range"));
  EXPECT_THAT(with(17, "4"), HasSubstr("its metric is number 4 of 4"));
  EXPECT_THAT(with(18, "null"), HasSubstr("its real_time has no value"));
}

TEST(TrialRows, RefusesTablesThatAreNone) {
  using Json = nlohmann::json;
  TrialRowWriter writer;
  row_of(sample_trial("w", "t", 0), writer);
  const auto good = writer.tables();
  for (const auto& [key, value] : good.items()) {
    auto tables = good;
    tables.erase(key);
    EXPECT_THROW(TrialRowReader{tables}, Json::exception) << key;
    tables[key] = 3;
    EXPECT_THROW(TrialRowReader{tables}, Json::exception) << key;
  }
  auto tables = good;
  tables["metrics"][0]["better"] = "larger";
  EXPECT_THROW(TrialRowReader{tables}, Json::exception);
}

}  // namespace
}  // namespace strata::results
