#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bench/experiments/experiment.h"
#include "drivers/driver.h"

namespace strata::bench {

/// Several instances of one target, started and used at the same time by `hands` threads, each with
/// a driver of its own. Every call begins with all hands at once and returns when the last has
/// ended. Used from one thread. Destruction reclaims all that is left, with all hands.
class Fleet {
 public:
  /// One instance, or why there is none.
  struct Member {
    std::unique_ptr<drivers::Instance> instance;
    std::optional<Failure> failure;

    [[nodiscard]] bool is_alive() const { return instance != nullptr && !failure; }
  };

  /// Asks for the hands' drivers; what they need is made ready here and not timed.
  Fleet(const Stage& stage, std::size_t hands);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  /// Starts `count` further instances, shared out among the hands, and calls `then` with each as
  /// soon as it is ready, from its hand's thread; one that can't be started keeps its failure.
  /// Returns when the hands were let go.
  TimePoint start(std::size_t count, Duration limit, const std::function<void(Member&)>& then = {});

  /// Calls `act` with each live member, from its hand's thread. What it throws becomes the member's
  /// failure. Returns when the hands were let go.
  TimePoint each(const std::function<void(Member&)>& act);

  /// Orderly end of all that are alive. Returns how long it took until nothing was left.
  Duration stop(Duration limit);

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] std::size_t alive() const;

  /// Throws Error if a member has failed: how many of them, and the first one's reason.
  void require_no_failure() const;

 private:
  /// Runs `work` once a hand, all let go at once; it does not throw. Returns when that was.
  TimePoint in_parallel(const std::function<void(std::size_t hand)>& work);

  const Stage& stage_;
  std::vector<drivers::Driver*> drivers_;  ///< by hand
  std::vector<Member> members_;            ///< that of place i belongs to hand i % hands
};

}  // namespace strata::bench
