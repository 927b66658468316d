// What a fuzzer does for hours, for a moment, with the same inputs every time: good inputs of every
// kind, changed at random. It holds if nothing aborts and nothing unexpected is thrown.

#include "drivers/testing/parsers_fuzz.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/testing/elf_builder.h"
#include "drivers/testing/mutator.h"
#include "drivers/testing/scripted_agent.h"

namespace strata::drivers::testing {
namespace {

std::string elf_seed() {
  auto recipe = program_recipe();
  recipe.interpreter = "/lib64/ld-linux-x86-64.so.2";
  recipe.soname = "libself.so.1";
  recipe.needed = {"libm.so.6", "libc.so.6"};
  recipe.rpath = "/a:$ORIGIN/b";
  recipe.runpath = "/c::/d";
  recipe.flags_1 = 1;
  return build_elf(recipe);
}

std::string conversation_seed() {
  std::string pongs;
  for (char i = 0; i < 5; ++i) pongs += frame(wire::FrameType::kPong, std::string(1, i));
  return "S" + frame(wire::FrameType::kHello, R"({"protocol":1})") + pongs +
         frame(wire::FrameType::kOutput, "hello") + frame(wire::FrameType::kErrorOutput, "oops") +
         frame(wire::FrameType::kSample, good_sample());
}

std::string seed_of(Parser parser) {
  switch (parser) {
    case Parser::kElf:
      return elf_seed();
    case Parser::kLdCache:
      return build_ld_cache({{0x0303, "liba.so.1", "/lib/liba.so.1"},
                             {0x0a03, "libb.so.1", "/lib/libb.so.1"},
                             {0x0303, "libc.so.6", "/lib/libc.so.6", 7}});
    case Parser::kSample:
      return good_sample();
    case Parser::kConversation:
      return conversation_seed();
    case Parser::kScript:
      return "#!/usr/bin/env -S python3 -u\nprint(1)\n";
    case Parser::kProcessStat:
      return "12 (a b) S 1 12 12 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 98765 4096 1";
    case Parser::kReportLine:
      return "hello\nREPORT RequestId: x\tDuration: 1.25 ms\tBilled Duration: 2 ms\t"
             "Memory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 110.62 ms\t\n";
    case Parser::kJobAnswer:
      return R"({"invocation":3,"sample":)" + good_sample() +
             R"(,"output":"aGVsbG8=","error_output":""})";
    case Parser::kModulesDep:
      return "a/b.ko: a/c.ko a/d-e.ko\na/c.ko:\na/d-e.ko: a/c.ko\n";
    case Parser::kMonitor:
      return "{\"QMP\": {}}\r\n{\"return\": {}, \"id\": 1}\r\n"
             "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-reset\"}}\r\n"
             "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n";
    case Parser::kUserNetwork:
      return "  TCP[HOST_FORWARD]  12  127.0.0.1 40123  10.0.2.15  7411  0  0\r\n";
  }
  return {};
}

int feed(Parser parser, const std::string& bytes) {
  const auto input = static_cast<char>(parser) + bytes;
  return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

class ParserFuzz : public ::testing::TestWithParam<unsigned> {};

TEST_P(ParserFuzz, HoldsForEveryChange) {
  const auto parser = static_cast<Parser>(GetParam());
  const auto seed = seed_of(parser);
  Mutator mutator(20260101 + GetParam());
  EXPECT_EQ(feed(parser, seed), 0);
  constexpr int kRounds = 3000;
  for (int round = 0; round < kRounds; ++round) EXPECT_EQ(feed(parser, mutator.change(seed)), 0);
}

TEST_P(ParserFuzz, HoldsForEveryCut) {
  const auto parser = static_cast<Parser>(GetParam());
  const auto seed = seed_of(parser);
  for (std::size_t size = 0; size < seed.size(); ++size) {
    EXPECT_EQ(feed(parser, seed.substr(0, size)), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryParser, ParserFuzz, ::testing::Range(0U, kParserCount));

TEST(ParserFuzzer, TakesNothingToo) { EXPECT_EQ(LLVMFuzzerTestOneInput(nullptr, 0), 0); }

}  // namespace
}  // namespace strata::drivers::testing
