// What a fuzzer does for hours, for a moment, with the same inputs every time.

#include "drivers/faas/emulator/testing/requests_fuzz.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "drivers/faas/emulator/function.h"
#include "drivers/faas/emulator/report.h"
#include "drivers/faas/emulator/testing/zip_builder.h"
#include "drivers/testing/mutator.h"

namespace strata::drivers::faas::emulator::testing {
namespace {

std::string zip_seed() {
  return build_zip({{"bootstrap", "#!/bin/sh\n", S_IFREG | 0755},
                    {"lib/", "", S_IFDIR | 0755},
                    {"lib/a", std::string(5000, 'a')}});
}

std::vector<std::string> seeds_of(Input input) {
  switch (input) {
    case Input::kRequest: {
      const auto code = R"("Code":{"ZipFile":")" + base64(zip_seed()) + R"("})";
      return {
          "POST\n/2015-03-31/functions\nHost:x:1\n\n{\"FunctionName\":\"f\",\"Timeout\":3,"
          "\"MemorySize\":128,\"Environment\":{\"Variables\":{\"A1\":\"b\"}},\"Publish\":true," +
              code + "}",
          "POST\n/2015-03-31/functions/f:1/invocations?Qualifier=1\nX-Amz-Invocation-Type:Event\n\n"
          "{}",
          "GET\n/2015-03-31/functions/?MaxItems=5&Marker=a%20b&FunctionVersion=ALL\n\n",
          "PUT\n/2015-03-31/functions/f/aliases/a\n\n{\"FunctionVersion\":\"1\",\"RoutingConfig\":{"
          "\"AdditionalVersionWeights\":{\"1\":0.5}}}",
          "PUT\n/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1\n\n"
          "{\"ProvisionedConcurrentExecutions\":1}",
          "PUT\n/2019-09-25/functions/f/event-invoke-config\n\n{\"MaximumRetryAttempts\":1,"
          "\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"file:///x\"}}}",
          "POST\n/2021-10-31/functions/f/url\n\n{\"AuthType\":\"NONE\"}",
          "GET\n/strata/code/../../x\n\n",
          "GET\n/metrics\n\n"};
    }
    case Input::kRuntimeRequest:
      return {"GET\n/2018-06-01/runtime/invocation/next\n\n",
              "POST\n/2018-06-01/runtime/invocation/a-b/response\nContent-Type:x\n\n1",
              "POST\n/2018-06-01/runtime/invocation/a-b/"
              "response\nLambda-Runtime-Function-Error-Type:A\nLambda-Runtime-Function-Error-Body:"
              "e30=\n\n1",
              "POST\n/2018-06-01/runtime/init/error\n\n{}"};
    case Input::kZip:
      return {zip_seed(), build_zip({{"../evil", "x"}}),
              build_zip({{"link", "/etc", S_IFLNK | 0777}})};
    case Input::kUrlAnswer:
      return {R"({"statusCode":201,"headers":{"A":"b","C":1},"cookies":["a=1"],"body":"e30=",)"
              R"("isBase64Encoded":true})",
              "\"text\"", "[1]"};
    case Input::kStored: {
      Function function;
      function.latest = std::make_shared<FunctionVersion>();
      auto version = std::make_shared<FunctionVersion>();
      version->version = "1";
      function.versions[1] = std::move(version);
      function.aliases["a"] = {"a", "1", "", "", {{"1", 0.5}}};
      function.event_configs["b"].on_failure = "x";
      function.urls["c"].id = "y";
      return {to_json(function).dump()};
    }
  }
  return {};
}

class RequestFuzz : public ::testing::TestWithParam<unsigned> {};

TEST_P(RequestFuzz, HoldsForEveryChange) {
  const auto input = static_cast<Input>(GetParam());
  const auto feed = [&](const std::string& text) {
    const auto bytes = static_cast<char>(input) + text;
    return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                  bytes.size());
  };
  drivers::testing::Mutator mutator(20260401 + GetParam());
  constexpr int kRounds = 100;
  for (const auto& seed : seeds_of(input)) {
    EXPECT_EQ(feed(seed), 0);
    for (int round = 0; round < kRounds; ++round) EXPECT_EQ(feed(mutator.change(seed)), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInput, RequestFuzz, ::testing::Range(0U, kInputCount));

}  // namespace
}  // namespace strata::drivers::faas::emulator::testing
