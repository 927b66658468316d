#include "drivers/kvm/tap_bridge.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::uint32_t kMask = 0xffffff00U;
constexpr unsigned kHost = 1;
constexpr unsigned kLastGuest = 254;
constexpr auto kNeeds =
    "it takes root (CAP_NET_ADMIN), /dev/net/tun and the kernel's bridge; network = \"passt\" or "
    "\"user\" takes none of them";
constexpr std::string_view kPrefix = "str";
constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
constexpr unsigned kDigitBits = 6;
constexpr std::size_t kRunDigits = 11;
/// How the MAC addresses of our bridges and guests begin: of no maker, "ST".
constexpr std::array<unsigned char, 3> kMacPrefix{0x02, 0x53, 0x54};

UniqueFd open_control() {
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) throw system_error("open a socket", errno);
  return fd;
}

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  return request;
}

bool bring(int control, const std::string& name, bool up) {
  auto request = request_for(name);
  if (::ioctl(control, SIOCGIFFLAGS, &request) != 0) return false;
  const auto others = static_cast<unsigned>(request.ifr_flags) & ~unsigned{IFF_UP};
  request.ifr_flags = static_cast<short>(others | (up ? unsigned{IFF_UP} : 0U));
  return ::ioctl(control, SIOCSIFFLAGS, &request) == 0;
}

bool set_address(int control, const std::string& name, unsigned long what, std::uint32_t value) {
  auto request = request_for(name);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(value);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  return ::ioctl(control, what, &request) == 0;
}

void remove_bridge(int control, const std::string& name) {
  bring(control, name, false);
  if (::ioctl(control, SIOCBRDELBR, name.c_str()) == 0 || errno == ENXIO) return;
  throw system_error(fmt::format("remove bridge {}", name), errno, kNeeds);
}

bool has_our_mac(int control, const std::string& name) {
  auto request = request_for(name);
  return ::ioctl(control, SIOCGIFHWADDR, &request) == 0 &&
         std::memcmp(request.ifr_hwaddr.sa_data, kMacPrefix.data(), kMacPrefix.size()) == 0;
}

/// A network that nothing on this host leads to; 0 if there is none.
std::uint32_t free_network(std::uint64_t seed) {
  std::ifstream file("/proc/net/route");
  std::ostringstream routes;
  routes << file.rdbuf();
  constexpr unsigned kNetworks = 256;
  for (const std::uint32_t prefix : {0x0ad50000U, 0xac1e0000U, 0xc0a80000U}) {  // 10.213, 172.30, …
    for (unsigned i = 0; i < kNetworks; ++i) {
      const auto third = static_cast<std::uint32_t>((seed + i) % kNetworks);
      const auto network = prefix | (third << 8U);
      if (!has_route_into(routes.str(), network)) return network;
    }
  }
  return 0;
}

/// One tap device; it is there for as long as somebody has it open.
class TapLink final : public GuestLink {
 public:
  TapLink(std::shared_ptr<TapBridge> bridge, unsigned host, UniqueFd tap)
      : bridge_(std::move(bridge)), host_(host), tap_(std::move(tap)) {
    if (TapBridge::has_vhost()) vhost_.reset(::open("/dev/vhost-net", O_RDWR | O_CLOEXEC));
  }
  ~TapLink() override { bridge_->give_back(host_); }
  [[nodiscard]] GuestNetwork device() const override {
    GuestNetwork network;
    network.kind = GuestNetwork::Kind::kTap;
    network.fd = tap_.get();
    network.vhost_fd = vhost_.get();
    // One of its own: guests on one bridge must differ.
    network.mac = fmt::format("{:02x}:00:00:{:02x}", fmt::join(kMacPrefix, ":"), host_);
    return network;
  }
  [[nodiscard]] std::string guest_address() const override {
    return fmt::format("{}/24/{}", bridge_->address(host_), bridge_->address(kHost));
  }
  [[nodiscard]] NetworkPath path() const override {
    return {bridge_->address(kHost), bridge_->address(host_), NetworkPath::kPort};
  }
  void hand_over() override {
    tap_.reset();
    vhost_.reset();
  }

 private:
  std::shared_ptr<TapBridge> bridge_;
  unsigned host_;
  UniqueFd tap_;
  UniqueFd vhost_;
};

}  // namespace

std::string bridge_name(std::uint64_t run, unsigned number) {
  std::string name(kPrefix);
  for (std::size_t i = 0; i < kRunDigits; ++i) {
    name += kDigits[(run >> (kDigitBits * i)) % kDigits.size()];
  }
  return name + kDigits[number % kDigits.size()];
}

std::optional<std::string> run_of_bridge(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kRunDigits + 1) {
    return std::nullopt;
  }
  std::uint64_t run = 0;
  for (std::size_t i = 0; i <= kRunDigits; ++i) {
    const auto digit = kDigits.find(name[kPrefix.size() + i]);
    if (digit == std::string_view::npos) return std::nullopt;
    if (i < kRunDigits) run |= std::uint64_t{digit} << (kDigitBits * i);
  }
  return fmt::format("{:016x}", run);
}

bool has_route_into(std::string_view routes, std::uint32_t network) {
  std::istringstream lines{std::string(routes)};
  for (std::string line; std::getline(lines, line);) {
    // Interface, destination, gateway, flags, …, mask as the eighth: in hex, the last byte first.
    std::istringstream fields(line);
    std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
    constexpr std::size_t kMaskField = 7;
    if (words.size() <= kMaskField) continue;
    std::uint32_t destination = 0;
    std::uint32_t mask = 0;
    const auto read = [](const std::string& word, std::uint32_t& value) {
      const auto end = word.data() + word.size();
      return std::from_chars(word.data(), end, value, 16).ptr == end;
    };
    if (!read(words[1], destination) || !read(words[kMaskField], mask) || mask == 0) continue;
    const auto common = ntohl(mask) & kMask;
    if ((ntohl(destination) & common) == (network & common)) return true;
  }
  return false;
}

std::shared_ptr<TapBridge> TapBridge::make(std::string_view run_id) {
  // The destructor undoes what set_up() has done until it failed.
  std::shared_ptr<TapBridge> bridge(new TapBridge(run_id));
  bridge->set_up();
  return bridge;
}

TapBridge::TapBridge(std::string_view run_id) : control_(open_control()) {
  std::uint64_t run = 0;
  const auto end = run_id.data() + run_id.size();
  if (std::from_chars(run_id.data(), end, run, 16).ptr != end || run_id.size() != 16) {
    throw Error("name a bridge for guests", fmt::format("\"{}\" is no run's id", run_id));
  }
  for (unsigned number = 0; number < kDigits.size(); ++number) {
    auto name = bridge_name(run, number);
    if (::ioctl(control_.get(), SIOCBRADDBR, name.c_str()) == 0) {
      name_ = std::move(name);
      network_ = free_network(run);
      return;
    }
    if (errno != EEXIST) throw system_error("make a bridge for guests", errno, kNeeds);
  }
  throw Error("make a bridge for guests", "this run has made 64 already");
}

void TapBridge::set_up() {
  const auto tried = fmt::format("set up bridge {}", name_);
  if (network_ == 0) throw Error(tried, "every private network is in use on this host", kNeeds);
  auto request = request_for(name_);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, kMacPrefix.data(), kMacPrefix.size());
  // Its own address, so that it does not change as guests come and go.
  request.ifr_hwaddr.sa_data[5] = static_cast<char>(kHost);
  if (::ioctl(control_.get(), SIOCSIFHWADDR, &request) != 0 ||
      !set_address(control_.get(), name_, SIOCSIFADDR, network_ | kHost) ||
      !set_address(control_.get(), name_, SIOCSIFNETMASK, kMask) ||
      !bring(control_.get(), name_, true)) {
    throw system_error(tried, errno, kNeeds);
  }
}

TapBridge::~TapBridge() {
  try {
    remove_bridge(control_.get(), name_);
  } catch (const Error&) {
    // `strata clean` finds it.
  }
}

bool TapBridge::has_vhost() {
  return static_cast<bool>(UniqueFd(::open("/dev/vhost-net", O_RDWR | O_CLOEXEC)));
}

std::string TapBridge::address(unsigned host) const {
  const in_addr address{htonl(network_ | host)};
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &address, text.data(), text.size());
}

std::unique_ptr<GuestLink> TapBridge::plug() {
  unsigned host = kHost + 1;
  while (taken_.contains(host)) ++host;
  const auto tried = fmt::format("plug a guest into bridge {}", name_);
  if (host > kLastGuest) throw Error(tried, "all of its 253 addresses are taken");
  UniqueFd tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tap) throw system_error(tried + ": open /dev/net/tun", errno, kNeeds);
  auto request = request_for("strata-tap%d");
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
  if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) {
    throw system_error(tried + ": make a tap device", errno, kNeeds);
  }
  const std::string name = request.ifr_name;
  request = request_for(name_);
  request.ifr_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
  if (::ioctl(control_.get(), SIOCBRADDIF, &request) != 0 || !bring(control_.get(), name, true)) {
    throw system_error(tried, errno, kNeeds);
  }
  taken_.insert(host);
  return std::make_unique<TapLink>(shared_from_this(), host, std::move(tap));
}

std::vector<std::string> clean_bridges(const AbandonedTest& is_abandoned) {
  std::vector<std::string> removed;
  const auto control = open_control();
  // What the kernel lists is freed by it as well.
  struct if_nameindex* const all = ::if_nameindex();
  if (all == nullptr) throw system_error("list network interfaces", errno);
  std::vector<std::string> names;
  for (const auto* one = all; one->if_index != 0; ++one) names.emplace_back(one->if_name);
  ::if_freenameindex(all);
  for (const auto& name : names) {
    const auto run = run_of_bridge(name);
    if (!run || !is_abandoned(*run) || !has_our_mac(control.get(), name)) continue;
    remove_bridge(control.get(), name);
    removed.push_back(fmt::format("bridge {}", name));
  }
  return removed;
}

}  // namespace strata::drivers
