#include "results/vocabulary/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

namespace strata {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0 || errno != EBADF; }

TEST(UniqueFd, ClosesWhatItOwns) {
  const int number = open_null();
  ASSERT_GE(number, 0);
  {
    const UniqueFd fd(number);
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(UniqueFd());
}

TEST(UniqueFd, MovingHandsItOn) {
  UniqueFd a(open_null());
  const int number = a.get();
  UniqueFd b(std::move(a));
  EXPECT_EQ(b.get(), number);
  UniqueFd c(open_null());
  const int replaced = c.get();
  c = std::move(b);
  EXPECT_EQ(c.get(), number);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFd, MovingOntoItselfKeepsIt) {
  UniqueFd a(open_null());
  auto& same = a;
  a = std::move(same);
  EXPECT_TRUE(is_open(a.get()));
}

TEST(UniqueFd, ReleasingKeepsItOpen) {
  UniqueFd a(open_null());
  const UniqueFd keeper(a.release());
  EXPECT_FALSE(a);
  EXPECT_TRUE(is_open(keeper.get()));
}

}  // namespace
}  // namespace strata
