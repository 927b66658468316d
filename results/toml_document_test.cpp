#include "results/toml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "results/testing/folder.h"

namespace strata::results {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kText = R"(name = "a"
words = ["b", "c"]
one = "d"
share = 0.5
count = 7
on = true
when = 2026-03-01
[inner]
key = "e"
[[entry]]
key = "f"
[[entry]]
key = "g"
)";

class Toml : public ::testing::Test {
 protected:
  TomlTable table = TomlTable::parse(kText, "folder/x.toml", "example");
};

TEST_F(Toml, GivesEveryKindOfValue) {
  EXPECT_EQ(table.text("name"), "a");
  EXPECT_EQ(table.needed_text("name"), "a");
  EXPECT_THAT(table.texts("words"), ElementsAre("b", "c"));
  EXPECT_THAT(table.texts("one"), ElementsAre("d"));
  EXPECT_EQ(table.number("share"), 0.5);
  EXPECT_EQ(table.number("count"), 7.0);
  EXPECT_EQ(table.whole_number("count", 1, 7), 7);
  EXPECT_EQ(table.truth("on"), true);
  EXPECT_EQ(table.table("inner")->text("key"), "e");
  const auto entries = table.tables("entry");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].text("key"), "g");
  EXPECT_EQ(table.scalar_as_text("count"), "7");
  EXPECT_EQ(table.scalar_as_text("on"), "true");
  EXPECT_EQ(table.scalar_as_text("share"), "0.5");
  EXPECT_THAT(table.scalars_as_text("words"), ElementsAre("b", "c"));
  EXPECT_THAT(table.scalars_as_text("count"), ElementsAre("7"));
  EXPECT_EQ(table.meaning<int>("name", "a", {{"a", 1}, {"b", 2}}), 1);
  EXPECT_EQ(table.origin(), "folder/x.toml");
  EXPECT_EQ(table.place_of("share"), "folder/x.toml:4: share");
}

TEST_F(Toml, WhatIsNotThereIsNothing) {
  EXPECT_FALSE(table.has("absent"));
  EXPECT_FALSE(table.text("absent").has_value());
  EXPECT_FALSE(table.number("absent", 0, 1).has_value());
  EXPECT_FALSE(table.whole_number("absent", 0, 1).has_value());
  EXPECT_FALSE(table.truth("absent").has_value());
  EXPECT_FALSE(table.table("absent").has_value());
  EXPECT_FALSE(table.scalar_as_text("absent").has_value());
  EXPECT_THAT(table.texts("absent"), IsEmpty());
  EXPECT_THAT(table.tables("absent"), IsEmpty());
  EXPECT_THAT(error_of([&] { static_cast<void>(table.needed_text("absent")); }),
              HasSubstr("there is no \"absent\""));
}

TEST_F(Toml, EveryErrorSaysWhereAndWhat) {
  const auto error = [](auto read) { return error_of([&] { static_cast<void>(read()); }); };
  EXPECT_EQ(error([&] { return table.text("count"); }),
            "read example folder/x.toml:5:9: \"count\" must be a text in quotes");
  EXPECT_THAT(error([&] { return table.texts("count"); }), HasSubstr("must be a list of texts"));
  EXPECT_THAT(error([&] { return table.truth("count"); }), HasSubstr("must be true or false"));
  EXPECT_THAT(error([&] { return table.number("on"); }), HasSubstr("must be a number"));
  EXPECT_THAT(error([&] { return table.number("count", 0, 1); }), HasSubstr("must be from 0 to 1"));
  EXPECT_THAT(error([&] { return table.whole_number("count", 8, 9); }),
              HasSubstr("must be a whole number from 8 to 9"));
  EXPECT_THAT(error([&] { return table.whole_number("share", 0, 1); }), HasSubstr("whole number"));
  EXPECT_THAT(error([&] { return table.whole_numbers("words", 0, 1); }), HasSubstr("whole number"));
  EXPECT_THAT(error([&] { return table.table("count"); }), HasSubstr("must be a table"));
  EXPECT_THAT(error([&] { return table.tables("inner"); }), HasSubstr("write [[inner]]"));
  EXPECT_THAT(error([&] { return table.scalar_as_text("words"); }),
              HasSubstr("must be a text, a number or true/false"));
  EXPECT_THAT(error([&] {
                return table.meaning<int>("name", "shwo", {{"show", 1}});
              }),
              HasSubstr("\"name\" can't be \"shwo\"; did you mean \"show\"?"));
  EXPECT_THAT(error_of([&] {
                table.only_keys({"name", "word", "one"});
              }),
              HasSubstr("unknown key"));
}

TEST(TomlText, ThatIsNotTomlIsRefusedWithItsPlace) {
  EXPECT_THAT(error_of([] { TomlTable::parse("a = \n", "x.toml", "suite"); }),
              ::testing::AllOf(HasSubstr("read suite x.toml:1:"), HasSubstr("not valid TOML")));
  EXPECT_THAT(
      error_of([] { TomlTable::parse("a = nan\n", "x.toml", "suite").number("a").value(); }),
      HasSubstr("must be a number"));
}

TEST(LoadToml, KnowsBuiltInNamesAndFiles) {
  const std::vector<BuiltInToml> built_in{{"short", "a = 1"}, {"long", "a = 2"}};
  EXPECT_EQ(load_toml("long", "suite", built_in).number("a"), 2.0);
  EXPECT_EQ(load_toml("long", "suite", built_in).origin(), "long.toml");
  EXPECT_THAT(error_of([&] { load_toml("shrot", "suite", built_in); }),
              HasSubstr("did you mean \"short\"?"));
  EXPECT_THAT(error_of([&] { load_toml("absent.toml", "profile"); }), HasSubstr("no such file"));
  const testing::Folder folder;
  const auto path = folder / "x.toml";
  std::ofstream(path) << "a = 3\n";
  EXPECT_EQ(load_toml(path.string(), "suite", built_in).number("a"), 3.0);
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_THAT(load_toml(path.string(), "suite", built_in).keys(), IsEmpty());
}

}  // namespace
}  // namespace strata::results
