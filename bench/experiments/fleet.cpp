#include "bench/experiments/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <exception>
#include <thread>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

/// Carries `act` out; what it throws is a failure, a value.
template <typename Act>
std::optional<Failure> failure_of(const Act& act, const char* tried) {
  try {
    act();
    return std::nullopt;
  } catch (const Error& error) {
    return error.failure();
  } catch (const std::exception& error) {
    return Failure{tried, error.what(), {}};
  }
}

}  // namespace

Fleet::Fleet(const Stage& stage, std::size_t hands) : stage_(stage) {
  for (std::size_t i = 0; i < hands; ++i) drivers_.push_back(&stage.driver(i));
}

Fleet::~Fleet() {
  try {
    in_parallel([&](std::size_t hand) {
      for (std::size_t i = hand; i < members_.size(); i += drivers_.size()) {
        members_[i].instance.reset();
      }
    });
  } catch (const std::exception&) {
    // No thread could be had: the members' own destruction does it one after the other.
  }
}

TimePoint Fleet::in_parallel(const std::function<void(std::size_t)>& work) {
  const auto hands = drivers_.size();
  TimePoint released{};
  if (hands == 1) {
    released = stage_.clock.now();
    work(0);
    return released;
  }
  const auto release = [&]() noexcept { released = stage_.clock.now(); };
  std::barrier start_line(static_cast<std::ptrdiff_t>(hands), release);
  std::vector<std::jthread> threads;
  threads.reserve(hands);
  try {
    for (std::size_t hand = 0; hand < hands; ++hand) {
      threads.emplace_back([&, hand] {
        start_line.arrive_and_wait();
        work(hand);
      });
    }
  } catch (...) {
    // Those that are there wait for those that can't be had.
    for (std::size_t hand = threads.size(); hand < hands; ++hand) start_line.arrive_and_drop();
    throw;
  }
  threads.clear();  // joins them
  return released;
}

TimePoint Fleet::start(std::size_t count, Duration limit,
                       const std::function<void(Member&)>& then) {
  const auto first = members_.size();
  members_.resize(first + count);
  const auto deadline = Deadline::after(stage_.clock, limit);
  return in_parallel([&](std::size_t hand) {
    for (std::size_t i = hand; i < members_.size(); i += drivers_.size()) {
      if (i < first) continue;
      auto& member = members_[i];
      member.failure = failure_of(
          [&] {
            member.instance = drivers_[hand]->start(stage_.prepared, {}, deadline);
            if (then) then(member);
          },
          "start an instance");
    }
  });
}

TimePoint Fleet::each(const std::function<void(Member&)>& act) {
  return in_parallel([&](std::size_t hand) {
    for (std::size_t i = hand; i < members_.size(); i += drivers_.size()) {
      auto& member = members_[i];
      if (!member.is_alive()) continue;
      member.failure = failure_of([&] { act(member); }, "use an instance");
    }
  });
}

Duration Fleet::stop(Duration limit) {
  const auto deadline = Deadline::after(stage_.clock, limit);
  const auto begun = each([&](Member& member) {
    member.instance->stop(deadline);
    member.instance.reset();
  });
  return stage_.clock.now() - begun;
}

std::size_t Fleet::alive() const {
  return static_cast<std::size_t>(std::count_if(
      members_.begin(), members_.end(), [](const Member& member) { return member.is_alive(); }));
}

void Fleet::require_no_failure() const {
  const auto failed = [](const Member& member) { return member.failure.has_value(); };
  const auto first = std::find_if(members_.begin(), members_.end(), failed);
  if (first == members_.end()) return;
  const auto count = std::count_if(members_.begin(), members_.end(), failed);
  throw Error(fmt::format("use {} instances at once", members_.size()),
              fmt::format("{} of them failed, the first so: {}: {}", count, first->failure->tried,
                          first->failure->said),
              first->failure->do_next);
}

}  // namespace strata::bench
