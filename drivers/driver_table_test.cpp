#include "drivers/driver_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;

std::string usage_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

class DriverTableTest : public ::testing::Test {
 protected:
  std::string error_of(const Target& target) {
    return usage_error([&] { make_driver(target, context_); });
  }
  ManualClock clock_;
  DriverContext context_{clock_, "run", "/nowhere", "/nowhere", "/nowhere/strata-agent"};
};

TEST_F(DriverTableTest, EveryDriverIsDescribed) {
  ASSERT_FALSE(driver_table().empty());
  std::set<std::string> targets;
  for (const auto* const entry : driver_table()) {
    EXPECT_FALSE(entry->name.empty());
    EXPECT_FALSE(entry->summary.empty());
    EXPECT_EQ(&find_driver(entry->name), entry);
    for (const auto& option : entry->options) EXPECT_FALSE(option.help.empty()) << option.name;
    for (const auto& target : entry->shipped_targets()) {
      EXPECT_EQ(target.driver, entry->name);
      EXPECT_TRUE(targets.insert(target.name).second) << target.name << " is there twice";
      EXPECT_NE(make_driver(target, context_), nullptr);
    }
  }
  EXPECT_TRUE(targets.contains("process"));
  EXPECT_TRUE(targets.contains("docker"));
}

TEST_F(DriverTableTest, ANameThatIsNearlyRightIsSuggested) {
  EXPECT_THAT(error_of({"mine", "dcoker", {}, {}}), HasSubstr("did you mean \"docker\"?"));
  EXPECT_THAT(error_of({"mine", "docker", {{"runtme", "runc"}}, {}}),
              HasSubstr("driver docker has no option \"runtme\"; did you mean \"runtime\"?"));
  EXPECT_THAT(error_of({"mine", "process", {{"cpus", "1"}}, {}}),
              HasSubstr("read target \"mine\": driver process has no option \"cpus\""));
}

TEST_F(DriverTableTest, AValueThatCantBeIsRefused) {
  const Target target{"mine", "docker", {{"ingress", "nta"}}, {}};
  EXPECT_THAT(error_of(target), HasSubstr("ingress = \"nta\" can't be; did you mean \"nat\"?"));
}

}  // namespace
}  // namespace strata::drivers
