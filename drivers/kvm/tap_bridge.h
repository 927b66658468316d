#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver_table.h"
#include "drivers/kvm/guest_link.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// A bridge of the host with a private network of 254 addresses behind it, which leads nowhere
/// else: no forwarding, no address translation, no rule of a firewall. Guests are plugged into it
/// with a tap device each. Gone with the last who holds it; what a killed run leaves is the bridge,
/// whose name holds the run's id. Used from one thread.
class TapBridge : public std::enable_shared_from_this<TapBridge> {
 public:
  /// Makes the bridge. Throws Error: no right to, no such device, no network that is free.
  static std::shared_ptr<TapBridge> make(std::string_view run_id);
  TapBridge(const TapBridge&) = delete;
  TapBridge& operator=(const TapBridge&) = delete;
  ~TapBridge();

  /// A new tap device on the bridge; it holds the bridge. Throws Error.
  std::unique_ptr<GuestLink> plug();
  /// Whether the kernel moves the packets itself, without QEMU (vhost).
  [[nodiscard]] static bool has_vhost();

  [[nodiscard]] const std::string& name() const { return name_; }
  /// "10.213.4.N"
  [[nodiscard]] std::string address(unsigned host) const;
  void give_back(unsigned host) { taken_.erase(host); }

 private:
  explicit TapBridge(std::string_view run_id);
  void set_up();

  UniqueFd control_;
  std::string name_;
  std::uint32_t network_ = 0;  ///< of the host's byte order
  std::set<unsigned> taken_;   ///< the last parts of addresses that guests have
};

/// The name of a run's bridge, and the run of a bridge's name; nothing if it is no such name. The
/// fifteen characters of an interface hold the 64 bits of a run's id and a number below 64.
std::string bridge_name(std::uint64_t run, unsigned number);
std::optional<std::string> run_of_bridge(std::string_view name);

/// Whether the text of /proc/net/route has a route, other than the default one, that shares an
/// address with the 24-bit `network` (of the host's byte order).
bool has_route_into(std::string_view routes, std::uint32_t network);

/// Removes the bridges of dead runs. Returns a line for each.
std::vector<std::string> clean_bridges(const AbandonedTest& is_abandoned);

}  // namespace strata::drivers
