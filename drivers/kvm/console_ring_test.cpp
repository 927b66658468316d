#include "drivers/kvm/console_ring.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::drivers {
namespace {

TEST(ConsoleRing, KeepsTheLast64KiB) {
  ConsoleRing ring;
  std::string all;
  for (int i = 0; i < 50'000; ++i) {
    const auto line = std::to_string(i) + "\n";
    ring.add(line);
    all += line;
  }
  EXPECT_EQ(ring.text(), all.substr(all.size() - ConsoleRing::kCapacity));
  ring.add(all);
  EXPECT_EQ(ring.text(), all.substr(all.size() - ConsoleRing::kCapacity));
}

TEST(ConsoleRing, ShowsItsLastLines) {
  ConsoleRing ring;
  EXPECT_EQ(ring.last_lines(3, 100), "");
  ring.add("one\r\ntwo\nthree\nfour");
  EXPECT_EQ(ring.last_lines(2, 100), "three\nfour");
  EXPECT_EQ(ring.last_lines(9, 100), "one\ntwo\nthree\nfour");
  EXPECT_EQ(ring.last_lines(9, 12), "three\nfour");
}

TEST(ConsoleRing, LeavesTheRegistersOfAPanicOut) {
  ConsoleRing ring;
  ring.add(
      "good morning\n"
      "[    1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n"
      "[    1.0] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0\n"
      "[    1.0] Call Trace:\n"
      "[    1.0]  <TASK>\n"
      "[    1.0]  dump_stack_lvl+0x44/0x5c\n"
      "[    1.0]  ? panic+0x118/0x2ed\n"
      "[    1.0] RAX: ffffffffffffffda RBX: 0000000000000000\n");
  EXPECT_EQ(ring.last_lines(9, 1000),
            "good morning\n"
            "[    1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100");
}

}  // namespace
}  // namespace strata::drivers
