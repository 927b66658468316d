#pragma once

// What strata-workloads --serve ADDRESS:PORT prints once it can be called: this, the address and
// the port it got, and the end of the line. Includes nothing of ours.

namespace strata::wire {

inline constexpr const char* kPeerListens = "listening at ";

}  // namespace strata::wire
