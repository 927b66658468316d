#include "results/json_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "results/testing/folder.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

class JsonStreamTest : public ::testing::Test {
 protected:
  JsonStream stream_of(const std::string& content) {
    testing::write_file(folder_ / "f.json", content);
    return JsonStream(folder_ / "f.json");
  }
  testing::Folder folder_;
};

TEST_F(JsonStreamTest, WalksThroughObjectsAndArrays) {
  auto stream = stream_of(R"( { "a" : [ 1 , [2,{"x":"]"}] , null ] ,
                                "b\"":{}, "c": "te\\xt\"", "d":true } )");
  std::string key;
  stream.begin_object();
  ASSERT_TRUE(stream.next_key(key));
  EXPECT_EQ(key, "a");
  stream.begin_array();
  ASSERT_TRUE(stream.next_element());
  EXPECT_EQ(stream.take_value(), "1");
  ASSERT_TRUE(stream.next_element());
  EXPECT_EQ(stream.take_value(), R"([2,{"x":"]"}])");
  ASSERT_TRUE(stream.next_element());
  stream.skip_value();
  EXPECT_FALSE(stream.next_element());
  ASSERT_TRUE(stream.next_key(key));
  EXPECT_EQ(key, R"(b\")");
  stream.begin_object();
  EXPECT_FALSE(stream.next_key(key));
  ASSERT_TRUE(stream.next_key(key));
  EXPECT_EQ(stream.take_value(), R"("te\\xt\"")");
  ASSERT_TRUE(stream.next_key(key));
  EXPECT_EQ(stream.take_value(), "true");
  EXPECT_FALSE(stream.next_key(key));
  stream.expect_end();
}

TEST_F(JsonStreamTest, ValuesLongerThanTheBufferComeWhole) {
  std::mt19937_64 random(41);
  std::string content = "[";
  std::vector<std::string> expected;
  for (int i = 0; i < 60; ++i) {
    std::string value = "[\"";
    for (auto count = random() % 30'000; count > 0; --count) value += R"(x\"]\\)";
    value += "\", {\"k\": [" + std::string(random() % 1000, '1') + "]}]";
    content += (i > 0 ? "," : "") + std::string(random() % 9, ' ') + value;
    expected.push_back(value);
  }
  content += "]";
  for (const bool skip : {false, true}) {
    auto stream = stream_of(content);
    stream.begin_array();
    for (const auto& value : expected) {
      ASSERT_TRUE(stream.next_element());
      if (skip) {
        stream.skip_value();
      } else {
        ASSERT_EQ(stream.take_value(), value);
      }
    }
    EXPECT_FALSE(stream.next_element());
    stream.expect_end();
  }
}

TEST_F(JsonStreamTest, SaysAtWhichByteItIsWrong) {
  std::string key;
  EXPECT_THAT(error_of([&] { stream_of("  x").begin_object(); }),
              HasSubstr("f.json: at byte 2: '{' should be here, not 'x'"));
  EXPECT_THAT(error_of([&] { stream_of("").begin_object(); }),
              HasSubstr("at byte 0: the file ends where '{' should be"));
  EXPECT_THAT(error_of([&] {
                auto stream = stream_of("{\x01");
                stream.begin_object();
                stream.next_key(key);
              }),
              HasSubstr("'\"' should be here, not byte 0x01"));
  EXPECT_THAT(error_of([&] {
                auto stream = stream_of("{\"a\" 1");
                stream.begin_object();
                stream.next_key(key);
              }),
              HasSubstr("at byte 5: ':' should be here, not '1'"));
  EXPECT_THAT(error_of([&] {
                auto stream = stream_of("[1 2]");
                stream.begin_array();
                stream.next_element();
                stream.skip_value();
                stream.next_element();
              }),
              HasSubstr("at byte 3: ',' should be here, not '2'"));
  EXPECT_THAT(error_of([&] {
                auto stream = stream_of("[,]");
                stream.begin_array();
                stream.next_element();
                stream.skip_value();
              }),
              HasSubstr("a value should be here, not ','"));
  EXPECT_THAT(error_of([&] { stream_of("[\"a").skip_value(); }),
              HasSubstr("at byte 3: the file ends in the middle of a value"));
  EXPECT_THAT(error_of([&] { stream_of(" ").skip_value(); }),
              HasSubstr("the file ends where a value should be"));
  EXPECT_THAT(error_of([&] {
                auto stream = stream_of("1 2");
                stream.skip_value();
                stream.expect_end();
              }),
              HasSubstr("at byte 2: nothing more should come, but here is '2'"));
}

TEST_F(JsonStreamTest, BytesAreCountedAcrossBuffers) {
  auto stream = stream_of("[\"" + std::string(1'000'000, 'a') + "\" !");
  stream.begin_array();
  stream.next_element();
  stream.skip_value();
  EXPECT_THAT(error_of([&] { stream.next_element(); }), HasSubstr("at byte 1000004: ','"));
}

TEST_F(JsonStreamTest, FilesThatCantBeReadAreTheUsersToMend) {
  EXPECT_THROW(JsonStream(folder_ / "none"), UsageError);
  EXPECT_THAT(error_of([&] { JsonStream(folder_ / "none"); }),
              HasSubstr("none: No such file or directory; check the path"));
  EXPECT_THROW(JsonStream(folder_.path()).begin_object(), UsageError);
  EXPECT_THAT(error_of([&] { JsonStream(folder_.path()).begin_object(); }),
              HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace strata::results
