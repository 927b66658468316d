#include "results/vocabulary/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace strata {
namespace {

TEST(Failure, IsOneLineWithoutTheEmptyParts) {
  EXPECT_EQ(to_string({"start it", "no such image", "build it"}),
            "start it: no such image; build it");
  EXPECT_EQ(to_string({"start it", "no such image", ""}), "start it: no such image");
  EXPECT_EQ(to_string({"start it", "", "build it"}), "start it; build it");
  EXPECT_EQ(to_string({"", "no such image", ""}), "no such image");
  EXPECT_EQ(to_string({}), "");
}

TEST(Error, CarriesItsPartsAndTheirLine) {
  const Error error("read x", "it is gone", "look again");
  EXPECT_STREQ(error.what(), "read x: it is gone; look again");
  EXPECT_EQ(error.failure(), (Failure{"read x", "it is gone", "look again"}));
}

TEST(Error, WrongUseAndMissedDeadlinesAreErrors) {
  EXPECT_THROW(throw UsageError("a", "b"), Error);
  EXPECT_THROW(throw DeadlineExceeded("a", "b"), Error);
}

TEST(SystemError, SaysWhatTheSystemSaid) {
  const auto error = system_error("open f", ENOENT, "check the path");
  EXPECT_STREQ(error.what(), "open f: No such file or directory; check the path");
}

}  // namespace
}  // namespace strata
