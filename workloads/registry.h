#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace strata::workloads {

/// What is to be known of a workload before it is run; `strata list workloads` shows it.
struct Description {
  std::string name;                  ///< "group/name/parameters"
  std::string summary;               ///< what one iteration does
  std::string metric = "real_time";  ///< the headline: real_time, or a counter's name
  std::string unit = "ns";
  bool higher_is_better = false;
  double seconds = 0.7;              ///< about, for one trial with a minimum time of half a second
  std::vector<std::string> needs{};  ///< "scratch", "peer", "memory:64 MiB"
  /// Which end of a network sits in the instance: "client" (egress: the peer is at the host),
  /// "server" (ingress: the workload itself runs at the host); empty: no peer.
  std::string inside{};
};

using Workload = std::function<void(benchmark::State&)>;

/// Registers a workload; the value is of no use. At namespace scope of the family's file:
///     const bool kGetppid = add_workload({.name = "os/getppid", .summary = "…"}, getppid_call);
bool add_workload(const Description& description, const Workload& workload);

/// All that were registered, by name.
const std::vector<Description>& all_workloads();

/// 64 pseudo-random bits from a seed that is fixed; the next call gives others. xorshift64* (Vigna,
/// ACM TOMS 42(4), 2016).
class Random {
 public:
  explicit Random(std::uint64_t seed = 0x5eed) : state_(seed) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    return state_ * 0x2545F4914F6CDD1DULL;
  }
  /// In [0, bound); the bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64U);
  }
  /// In [0, 1).
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// FNV-1a over words, for checksums.
class Digest {
 public:
  void add(std::uint64_t word) {
    for (unsigned i = 0; i < 8; ++i) {
      value_ = (value_ ^ ((word >> (8 * i)) & 0xffU)) * 0x100000001b3ULL;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace strata::workloads
