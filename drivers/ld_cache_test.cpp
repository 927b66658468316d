#include "drivers/ld_cache.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <string>

#include "drivers/testing/elf_builder.h"

namespace strata::drivers {
namespace {

using testing::build_ld_cache;
using testing::CacheEntry;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::int32_t kX8664 = 0x0303;
constexpr std::int32_t kAarch64 = 0x0a03;
constexpr std::int32_t k32Bit = 0x0003;

std::map<std::string, std::filesystem::path> parse(const std::string& bytes,
                                                   std::uint16_t machine = EM_X86_64) {
  return parse_ld_cache(std::as_bytes(std::span(bytes)), machine);
}

const std::vector<CacheEntry> kEntries{{kX8664, "liba.so.1", "/lib/hwcaps/liba.so.1", 1ULL << 62U},
                                       {kX8664, "liba.so.1", "/lib/x86_64-linux-gnu/liba.so.1"},
                                       {kX8664, "liba.so.1", "/usr/lib/liba.so.1"},
                                       {k32Bit, "libb.so.1", "/lib32/libb.so.1"},
                                       {kAarch64, "liba.so.1", "/lib/aarch64-linux-gnu/liba.so.1"},
                                       {kX8664, "libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"}};

TEST(LdCache, TakesTheFirstPlainEntryOfTheMachine) {
  const auto cache = build_ld_cache(kEntries);
  EXPECT_THAT(parse(cache),
              UnorderedElementsAre(Pair("liba.so.1", "/lib/x86_64-linux-gnu/liba.so.1"),
                                   Pair("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6")));
  EXPECT_THAT(parse(cache, EM_AARCH64),
              UnorderedElementsAre(Pair("liba.so.1", "/lib/aarch64-linux-gnu/liba.so.1")));
}

TEST(LdCache, FindsTheFormatBehindTheOlderOne) {
  EXPECT_THAT(parse("ld.so-1.7.0 and its entries" + build_ld_cache(kEntries)),
              UnorderedElementsAre(Pair("liba.so.1", "/lib/x86_64-linux-gnu/liba.so.1"),
                                   Pair("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6")));
}

TEST(LdCache, WhatIsNoCacheIsEmpty) {
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(parse("ld.so-1.7.0"), IsEmpty());
  EXPECT_THAT(parse("glibc-ld.so.cache1.1"), IsEmpty());
  EXPECT_THAT(parse(std::string(1000, '\0')), IsEmpty());
}

TEST(LdCache, EntriesThatLeadNowhereAreLeftOut) {
  auto cache = build_ld_cache({{kX8664, "liba.so.1", "/lib/liba.so.1"},
                               {kX8664, "libb.so.1", "relative/libb.so.1"},
                               {kX8664, "libc.so.6", "/lib/libc.so.6"}});
  EXPECT_THAT(parse(cache), UnorderedElementsAre(Pair("liba.so.1", "/lib/liba.so.1"),
                                                 Pair("libc.so.6", "/lib/libc.so.6")));
  // Without the zero byte behind the last path, that path has no end.
  cache.pop_back();
  EXPECT_THAT(parse(cache), UnorderedElementsAre(Pair("liba.so.1", "/lib/liba.so.1")));
}

TEST(LdCache, SurvivesEveryTruncationAndCount) {
  const auto cache = build_ld_cache(kEntries);
  const auto whole = parse(cache);
  for (std::size_t size = 0; size < cache.size(); ++size) {
    for (const auto& [name, path] : parse(cache.substr(0, size))) {
      EXPECT_EQ(whole.at(name), path);
    }
  }
  auto many = cache;
  many.replace(20, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(parse(many), whole);
}

}  // namespace
}  // namespace strata::drivers
