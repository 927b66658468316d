// HTTP alone, over real sockets, with a handler that the tests can read.

#include "drivers/faas/emulator/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drivers/faas/emulator/testing/http_client.h"

namespace strata::drivers::faas::emulator {
namespace {

using testing::HttpClient;

/// Answers a POST with a receipt that may be held, and a GET when the test says so.
class ReceiptHandler final : public HttpHandler {
 public:
  [[nodiscard]] std::uint64_t body_limit(const HttpRequest&) const override { return 1000; }
  [[nodiscard]] HttpResponse refuse(HttpRefusal) const override { return {400, {}, {}, {}}; }
  void handle(HttpRequest& request, Respond respond) override {
    if (request.method() == "POST") {
      HttpResponse receipt{202, "taken: " + request.body(), {}, {}};
      receipt.may_be_held = true;
      respond(std::move(receipt));
      return;
    }
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(respond));
  }
  void answer(const std::string& body) {
    for (;;) {
      {
        const std::scoped_lock lock(mutex_);
        if (!waiting_.empty()) break;
      }
      std::this_thread::yield();
    }
    const std::scoped_lock lock(mutex_);
    waiting_.front()({200, body, {}, {}});
    waiting_.erase(waiting_.begin());
  }

 private:
  std::mutex mutex_;
  std::vector<Respond> waiting_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  explicit HttpServerTest(const HttpTimes& times = {}) : server_(1, times) {}
  ~HttpServerTest() override {
    server_.stop();
    thread_.join();
  }
  static std::string post(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  const std::string get_ = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::shared_ptr<ReceiptHandler> handler_ = std::make_shared<ReceiptHandler>();
  HttpServer server_;
  std::unique_ptr<HttpServer::Listener> listener_ = server_.listen("127.0.0.1", 0, true, handler_);
  HttpClient client_{listener_->port()};
  std::jthread thread_{[this] { server_.run(); }};
};

TEST_F(HttpServerTest, AReceiptGoesAtOnceIfNoRequestCameBehind) {
  client_.send(post("1"));
  EXPECT_EQ(client_.receive().body, "taken: 1");
}

TEST_F(HttpServerTest, ReceiptsGoWithTheResponseToTheRequestBehindThem) {
  client_.send(post("1") + post("2") + get_);
  handler_->answer("event");
  EXPECT_EQ(client_.receive().body, "taken: 1");
  EXPECT_EQ(client_.receive().body, "taken: 2");
  const auto event = client_.receive();
  EXPECT_EQ(event.status, 200);
  EXPECT_EQ(event.body, "event");
}

TEST_F(HttpServerTest, AReceiptDoesNotWaitForARequestThatIsNotWhole) {
  client_.send(post("1") + get_.substr(0, 7));
  EXPECT_EQ(client_.receive().body, "taken: 1");
  client_.send(get_.substr(7));
  handler_->answer("event");
  EXPECT_EQ(client_.receive().body, "event");
}

TEST_F(HttpServerTest, AReceiptDoesNotWaitForABodyThatItsSenderHolds) {
  client_.send(post("1") +
               "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(client_.receive().body, "taken: 1");
  client_.send("2");
  EXPECT_EQ(client_.receive().body, "taken: 2");
}

TEST_F(HttpServerTest, AReceiptGoesBeforeTheRefusalOfTheRequestBehindIt) {
  client_.send(post("1") + "no HTTP\r\n\r\n");
  EXPECT_EQ(client_.receive().body, "taken: 1");
  EXPECT_EQ(client_.receive().status, 400);
}

class SlowClientTest : public HttpServerTest {
 protected:
  static constexpr auto kShort = std::chrono::milliseconds(100);
  SlowClientTest() : HttpServerTest({std::chrono::seconds(60), kShort, kShort, kShort}) {}
};

TEST_F(SlowClientTest, AClientThatDoesNotFinishItsHeadIsLeft) {
  client_.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(client_.receive().status, 0);
}

TEST_F(SlowClientTest, AClientThatDoesNotFinishItsBodyIsLeft) {
  client_.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12");
  EXPECT_EQ(client_.receive().status, 0);
}

TEST_F(SlowClientTest, AClientThatDoesNotTakeItsResponseIsLeft) {
  client_.send(get_);
  handler_->answer(std::string(64U << 20U, 'x'));
  while (server_.busy_connections() > 0) std::this_thread::yield();
  EXPECT_LT(client_.receive().body.size(), 64U << 20U);
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
