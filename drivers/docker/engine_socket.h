#pragma once

#include <string>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// The path of the engine's unix socket: of `option` ("unix:///path" or a path), else of
/// DOCKER_HOST, else the usual one. Throws UsageError for an address that is none of a socket here.
std::string engine_socket_path(const std::string& option);

/// Connects to the socket; the descriptor does not block. Throws Error, DeadlineExceeded: `tried`.
UniqueFd connect_to_engine(const std::string& path, Deadline deadline, const std::string& tried);

/// What the user can do if connecting to an engine failed with this errno.
std::string connecting_remedy(int error_number);

}  // namespace strata::drivers
