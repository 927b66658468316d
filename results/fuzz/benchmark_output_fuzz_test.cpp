#include <gtest/gtest.h>

#include <string>

#include "results/fuzz/mutations.h"

namespace strata::results::testing {
namespace {

TEST(BenchmarkOutputFuzz, DamagedOutputGetsAnErrorAndNothingElse) {
  const std::string entry =
      R"({"name":"a/1","run_name":"a/1","run_type":"iteration","repetitions":2,"iterations":1000,)"
      R"("real_time":2.5,"cpu_time":2.25e+00,"time_unit":"us","checksum":7,"p99_ns":3.5})";
  const std::string failed =
      R"({"name":"a/1","run_name":"a/1","run_type":"iteration","error_occurred":true,)"
      R"("error_message":"can't open it","real_time":0,"cpu_time":0,"time_unit":"ns"})";
  feed_mutations({"warning: x\n{\n  \"context\": {\"caches\": []},\n  \"benchmarks\": [\n    " +
                      entry + ",\n    " + entry + "\n  ]\n}\n",
                  "{\"benchmarks\":[" + failed + "]}", "a/1\nb/2\n"},
                 5000);
}

}  // namespace
}  // namespace strata::results::testing
