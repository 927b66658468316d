#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace strata::drivers::faas::emulator {

/// One value on its way from any thread to a coroutine that waits for it. Shared by both.
template <typename Value>
class OneShot {
 public:
  /// Only the first value counts.
  void set(Value value) {
    std::unique_ptr<Waiting> waiting;
    {
      const std::scoped_lock lock(mutex_);
      if (is_set_) return;
      is_set_ = true;
      value_ = std::move(value);
      waiting = std::move(waiting_);
    }
    if (waiting) waiting->resume();
  }

  /// Once, by one coroutine.
  boost::asio::awaitable<Value> wait() {
    auto initiation = [this](auto handler) {
      {
        const std::scoped_lock lock(mutex_);
        if (!is_set_) {
          waiting_ = std::make_unique<Coroutine<decltype(handler)>>(std::move(handler));
          return;
        }
      }
      const auto executor = boost::asio::get_associated_executor(handler);
      boost::asio::post(executor, std::move(handler));
    };
    if (!is_set()) {
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
          initiation, boost::asio::use_awaitable);
    }
    co_return std::move(*value_);
  }

 private:
  /// Whoever waits, whatever its type.
  struct Waiting {
    Waiting() = default;
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    virtual ~Waiting() = default;
    virtual void resume() = 0;
  };
  template <typename Handler>
  struct Coroutine final : Waiting {
    explicit Coroutine(Handler waiting) : handler(std::move(waiting)) {}
    void resume() override {
      const auto executor = boost::asio::get_associated_executor(handler);
      boost::asio::dispatch(executor, std::move(handler));
    }
    Handler handler;
  };

  bool is_set() {
    const std::scoped_lock lock(mutex_);
    return is_set_;
  }

  std::mutex mutex_;
  bool is_set_ = false;
  std::optional<Value> value_;
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace strata::drivers::faas::emulator
