#pragma once

#include "bench/definition.h"
#include "drivers/driver.h"

namespace strata::bench {

/// The two ends of a workload on the network. Which of them serves is the workload's own
/// (WorkloadDefinition::inside); the other one runs it and is measured.
struct PeerEnds {
  drivers::Instance& target;  ///< of the target that is measured
  drivers::Instance& host;    ///< a bare process of this host
};

/// Starts the server of our own workloads at one end, runs `job`, the workload, at the other with
/// STRATA_PEER naming the server, and ends the server. Waits for the server's word that it listens,
/// so no trial begins before. Returns the outcome of the workload's program.
/// Throws Error if the target has no such network path, if the server could not listen or died, and
/// as Instance::run() does; the server has ended then.
drivers::Outcome run_with_peer(const WorkloadDefinition& workload, const drivers::Job& job,
                               const PeerEnds& ends, Deadline deadline);

}  // namespace strata::bench
