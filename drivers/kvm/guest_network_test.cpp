// Real guests on each of the networks: host and guest reach each other at the addresses that
// network_path() gives, and nothing is left, also of a run that was killed.

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <array>
#include <set>
#include <thread>

#include "drivers/kvm/guests_fixture.h"
#include "drivers/kvm/tap_bridge.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::set<std::string> interfaces() {
  std::set<std::string> names;
  struct if_nameindex* const all = ::if_nameindex();
  for (const auto* one = all; one != nullptr && one->if_index != 0; ++one) {
    names.insert(one->if_name);
  }
  ::if_freenameindex(all);
  return names;
}

sockaddr_in name_of(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (::inet_aton(address.c_str(), &name.sin_addr) == 0) throw Error("read " + address, "");
  return name;
}

/// Connects, says a byte, and returns what the other side answers until it ends or has nothing more
/// to say for ten seconds; empty if it says nothing. A byte first: passt ends a handshake only
/// then.
std::string answer_of(const std::string& address, std::uint16_t port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto name = name_of(address, port);
  std::string text;
  const timeval limit{10, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return text;
  if (::write(fd.get(), "?", 1) != 1) return text;
  std::array<char, 100> piece;
  for (;;) {
    const auto count = ::read(fd.get(), piece.data(), piece.size());
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

/// A server at this host that tells one client a word.
class OneWordServer {
 public:
  OneWordServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto name = name_of("0.0.0.0", 0);
    socklen_t size = sizeof name;
    auto* const any = reinterpret_cast<sockaddr*>(&name);
    if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 1) != 0 ||
        ::getsockname(listener_.get(), any, &size) != 0) {
      throw Error("listen", "");
    }
    port_ = ntohs(name.sin_port);
    thread_ = std::jthread([this] {
      const UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
      [[maybe_unused]] const auto written = ::write(client.get(), "host\n", 5);
    });
  }
  OneWordServer(const OneWordServer&) = delete;
  OneWordServer& operator=(const OneWordServer&) = delete;
  ~OneWordServer() { ::shutdown(listener_.get(), SHUT_RDWR); }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

class GuestNetworks : public Guests {
 protected:
  /// Both ways, on a guest of the target.
  void expect_both_ways(Driver& kvm) {
    const auto bundle = contract();
    const auto instance = kvm.start(kvm.prepare(bundle, enough()), {}, enough());
    const auto path = instance->network_path();
    const auto port = std::to_string(NetworkPath::kPort);
    auto serving = job(bundle, {"serve", port, "guest"});
    serving.time_limit = std::chrono::seconds(30);
    std::string heard;
    serving.on_output = [&](std::string_view /*listening*/) {
      heard = answer_of(path.instance, path.port);
    };
    EXPECT_TRUE(instance->run(serving, enough()).succeeded());
    EXPECT_EQ(heard, "guest");
    {
      const OneWordServer server;
      const auto outcome =
          instance->run(job(bundle, {"connect", path.host, server.port()}), enough());
      EXPECT_EQ(outcome.output, "host\n") << outcome.error_output;
    }
    EXPECT_GT(instance->usage().supervisors.memory.value_or(Bytes{}), mebibytes(5));
    instance->stop(enough());
    EXPECT_THAT(testing::processes_of(context_.run_id), IsEmpty());
  }
  std::set<std::string> before_network_ = interfaces();
};

TEST_F(GuestNetworks, OfQemuItselfLeadBothWays) {
  expect_both_ways(*driver(shipped("kvm-microvm")));
}

TEST_F(GuestNetworks, OfPasstLeadBothWaysAlsoFromASnapshot) {
  expect_both_ways(*driver(shipped("kvm-snapshot"), {{"network", "passt"}}));
}

TEST_F(GuestNetworks, OfABridgeLeadBothWaysAndAreGone) {
  {
    const auto kvm = driver(shipped("kvm-microvm"), {{"network", "tap"}});
    const auto found = kvm->probe(enough());
    if (const auto* const why = std::get_if<Unavailable>(&found)) {
      if (::geteuid() == 0) FAIL() << to_string(*why);
      GTEST_SKIP() << to_string(*why);
    }
    expect_both_ways(*kvm);
  }
  EXPECT_EQ(interfaces(), before_network_);
}

TEST_F(GuestNetworks, OfARunThatWasKilledAreCleanedAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a bridge";
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const auto bridge = TapBridge::make(context_.run_id);
    const auto link = bridge->plug();
    [[maybe_unused]] const auto written = ::write(write_end.get(), "x", 1);
    for (;;) ::pause();
  }
  write_end.reset();
  char byte = 0;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 1);
  EXPECT_EQ(interfaces().size(), before_network_.size() + 2);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  // Its tap device went with it; the bridge is of a run that nobody calls dead yet.
  EXPECT_THAT(clean_bridges([](std::string_view /*run*/) { return false; }), IsEmpty());
  EXPECT_EQ(interfaces().size(), before_network_.size() + 1);
  const auto is_ours = [&](std::string_view run) { return run == context_.run_id; };
  EXPECT_THAT(kKvmDriverEntry.clean(is_ours, false, context_), SizeIs(1));
  EXPECT_EQ(interfaces(), before_network_);
}

}  // namespace
}  // namespace strata::drivers
