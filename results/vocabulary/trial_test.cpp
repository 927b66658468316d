#include "results/vocabulary/trial.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Trial, FindsAMetricByName) {
  Trial trial;
  trial.metrics = {{"real_time", 3, "ns", Better::kLower}, {"rate", 7, "1/s", Better::kHigher}};
  ASSERT_NE(trial.metric("rate"), nullptr);
  EXPECT_EQ(*trial.metric("rate"), (Metric{"rate", 7, "1/s", Better::kHigher}));
  EXPECT_EQ(trial.metric("real"), nullptr);
  EXPECT_EQ(Trial().metric("rate"), nullptr);
}

}  // namespace
}  // namespace strata
