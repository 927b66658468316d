#include "drivers/kvm/passt_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <string_view>

#include "drivers/kvm/owned_start.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// Whether a server may listen at `address` and the guests' port.
bool is_free(const std::string& address) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(NetworkPath::kPort);
  return fd && ::inet_aton(address.c_str(), &name.sin_addr) != 0 &&
         ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

/// A loopback address of the guest's own. passt does not choose a free port, but addresses there
/// are sixteen millions of.
std::string free_address() {
  std::random_device random;
  std::uniform_int_distribution<int> part(1, 254);
  for (int i = 0; i < 100; ++i) {
    auto address = fmt::format("127.{}.{}.{}", part(random), part(random), part(random));
    if (is_free(address)) return address;
  }
  throw Error("find a loopback address for a guest's port",
              fmt::format("port {} is taken at each of 100", NetworkPath::kPort));
}

}  // namespace

std::vector<std::string> passt_arguments(int socket, const std::string& address) {
  // The loopback interface is a template that every host has: address, route and MAC are given.
  return {"--foreground",
          "--quiet",
          "--stderr",
          "--fd",
          std::to_string(socket),
          "--ipv4-only",
          "--no-dhcp",
          "--interface",
          "lo",
          "--mac-addr",
          "02:53:54:00:00:01",
          "--address",
          kUserGuest,
          "--netmask",
          "24",
          "--gateway",
          kUserHost,
          "--tcp-ports",
          fmt::format("{}/{}", address, NetworkPath::kPort),
          "--udp-ports",
          fmt::format("{}/{}", address, NetworkPath::kPort)};
}

PasstLink::PasstLink(const std::string& program, const std::vector<std::string>& environment,
                     const std::vector<std::uint32_t>& cpus)
    : output_(::memfd_create("strata-passt-output", MFD_CLOEXEC)), address_(free_address()) {
  std::array<int, 2> ends{};
  if (!output_ || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw system_error("make a socket pair for passt", errno);
  }
  guest_end_.reset(ends[0]);
  const UniqueFd own_end(ends[1]);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw system_error("open /dev/null", errno);
  const std::vector<int> descriptors{null.get(), null.get(), output_.get(), own_end.get()};
  try {
    process_.emplace(
        start_owned({program, passt_arguments(3, address_), environment, descriptors, cpus}));
  } catch (const Error& error) {
    throw Error("start a guest's network", to_string(error.failure()),
                "apt-get install passt, or network = \"user\": QEMU's own");
  }
}

GuestNetwork PasstLink::device() const {
  GuestNetwork network;
  network.kind = GuestNetwork::Kind::kSocket;
  network.fd = guest_end_.get();
  return network;
}

NetworkPath PasstLink::path() const { return {kUserHost, address_, NetworkPath::kPort}; }

std::vector<pid_t> PasstLink::processes() const { return {process_->pid()}; }

void PasstLink::require_alive() {
  const auto end = process_->wait({monotonic_clock(), monotonic_clock().now()});
  if (!end) return;
  std::array<char, 2000> text;
  const auto count = ::pread(output_.get(), text.data(), text.size(), 0);
  const std::string_view said(text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  throw Error("keep a guest on the network",
              fmt::format("passt: {}; it said: {}", describe(*end), printable(said, 1000)),
              "network = \"user\" does without it");
}

}  // namespace strata::drivers
