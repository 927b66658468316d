#include "drivers/testing/fake_driver.h"

#include <algorithm>
#include <utility>

namespace strata::drivers::testing {

class FakeDriver::FakeInstance final : public Instance {
 public:
  explicit FakeInstance(FakeDriver& driver) : driver_(driver) {
    auto& clock = driver_.clock_;
    stamps_.set(Stamp::kRequested, clock.now());
    clock.advance(driver_.startup);
    stamps_.set(Stamp::kMain, clock.now());
    stamps_.set(Stamp::kReady, clock.now());
    driver_.most_alive = std::max(driver_.most_alive, ++driver_.alive);
  }
  ~FakeInstance() override {
    const std::lock_guard turn(driver_.turn_);
    --driver_.alive;
  }

  [[nodiscard]] const Stamps& stamps() const override { return stamps_; }
  Outcome run(const Job& job, Deadline deadline) override {
    // Its answer may wait for another thread's.
    {
      const std::lock_guard turn(driver_.turn_);
      driver_.jobs.push_back(job);
      const bool is_beside = driver_.is_beside && driver_.is_beside(job);
      if (!is_beside) driver_.clock_.advance(driver_.job_time);
    }
    if (deadline.expired()) throw DeadlineExceeded("run a fake job", "it took too long");
    stamps_.set(Stamp::kFirstResult, driver_.clock_.now());
    return driver_.answer ? driver_.answer(job) : good_outcome("");
  }
  [[nodiscard]] Usage usage() override {
    const std::lock_guard turn(driver_.turn_);
    return driver_.use ? driver_.use() : Usage{};
  }
  void stop(Deadline /*deadline*/) override {
    const std::lock_guard turn(driver_.turn_);
    if (driver_.on_stop) driver_.on_stop();
    driver_.clock_.advance(driver_.stop_time);
    stamps_.set(Stamp::kStopped, driver_.clock_.now());
    stamps_.set(Stamp::kRemoved, driver_.clock_.now());
  }

 private:
  FakeDriver& driver_;
  Stamps stamps_;
};

Availability FakeDriver::probe(Deadline /*deadline*/) { return availability; }

Prepared FakeDriver::prepare(const Bundle& bundle, Deadline /*deadline*/) {
  return {bundle.digest, "nowhere"};
}

std::unique_ptr<Instance> FakeDriver::start(const Prepared& /*prepared*/, const Limits& its_limits,
                                            Deadline deadline) {
  std::unique_ptr<FakeInstance> instance;
  {
    const std::lock_guard turn(turn_);
    ++started;
    limits.push_back(its_limits);
    if (on_start) on_start();
    instance = std::make_unique<FakeInstance>(*this);
  }
  if (deadline.expired()) throw DeadlineExceeded("start a fake instance", "it took too long");
  return instance;
}

std::unique_ptr<Driver> FakeDriver::further() {
  class Further final : public Driver {
   public:
    explicit Further(FakeDriver& first) : first_(first) {}
    Availability probe(Deadline deadline) override { return first_.probe(deadline); }
    Prepared prepare(const Bundle& bundle, Deadline deadline) override {
      return first_.prepare(bundle, deadline);
    }
    std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& its_limits,
                                    Deadline deadline) override {
      return first_.start(prepared, its_limits, deadline);
    }

   private:
    FakeDriver& first_;
  };
  return std::make_unique<Further>(*this);
}

Outcome good_outcome(std::string output) {
  Outcome outcome;
  outcome.exited = true;
  outcome.output = std::move(output);
  outcome.wall = std::chrono::milliseconds(5);
  outcome.user = std::chrono::milliseconds(3);
  outcome.system = std::chrono::milliseconds(1);
  outcome.peak_memory = kibibytes(600);
  outcome.sample = "{}";
  return outcome;
}

}  // namespace strata::drivers::testing
