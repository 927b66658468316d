#include "bench/definition.h"

#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;

RunDefinition complete() {
  RunDefinition definition;
  definition.suite = "quick \"quoted\"";
  definition.baseline = "process";
  definition.blocks = 7;
  definition.seed = (1ULL << 53U) - 1;
  definition.precision = 0.01;
  definition.budget = 90s;
  definition.trial_timeout = 30s;
  definition.cpus = {0, 3};
  definition.ignore_failure = true;
  definition.targets = {{"process", "process", {}, {}}, {"d", "docker", {{"network", "host"}}, {}}};
  definition.programs = {{ProgramDefinition::Kind::kCommand, "/bin/sort", {}},
                         {ProgramDefinition::Kind::kGoogleBenchmark, "/opt/b", {"/opt/p.so"}}};
  definition.workloads = {{"sort", "", 0, {"--version"}, "real_time"},
                          {"BM_x/8", "BM_x/8", 1, {}, "bytes_per_second"},
                          {"burst/8", "", 0, {}, "starts_per_second", "burst", {{"count", "8"}}}};
  return definition;
}

TEST(Definition, ComesBackAsItWas) {
  EXPECT_EQ(definition_from_json_text(to_json_text(complete())), complete());
  auto without_budget = complete();
  without_budget.budget.reset();
  EXPECT_EQ(definition_from_json_text(to_json_text(without_budget)), without_budget);
}

TEST(Definition, IsOneLine) { EXPECT_EQ(to_json_text(complete()).find('\n'), std::string::npos); }

TEST(Definition, RefusesWhatIsDamaged) {
  EXPECT_THROW(definition_from_json_text("{}"), Error);
  EXPECT_THROW(definition_from_json_text("rubbish"), Error);
  auto text = to_json_text(complete());
  text.replace(text.find("\"program\":1"), 11, "\"program\":9");
  EXPECT_THROW(definition_from_json_text(text), Error);
}

}  // namespace
}  // namespace strata::bench
