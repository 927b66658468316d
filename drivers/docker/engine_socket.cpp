#include "drivers/docker/engine_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "results/vocabulary/error.h"

namespace strata::drivers {

std::string engine_socket_path(const std::string& option) {
  constexpr std::string_view kScheme = "unix://";
  const char* const host = std::getenv("DOCKER_HOST");
  const auto address = !option.empty()                    ? option
                       : host != nullptr && *host != '\0' ? std::string(host)
                                                          : "/var/run/docker.sock";
  auto path = address;
  if (path.starts_with(kScheme)) path.erase(0, kScheme.size());
  if (!path.starts_with('/') || path.size() >= sizeof(sockaddr_un::sun_path)) {
    throw UsageError(
        fmt::format("use the engine at \"{}\"", address),
        path.starts_with('/')
            ? fmt::format("a socket's path has at most {} bytes", sizeof(sockaddr_un::sun_path) - 1)
            : "only an engine of this host can be measured, over its unix socket",
        "write unix:///var/run/docker.sock or the socket's path, in the target's "
        "option socket or in DOCKER_HOST");
  }
  return path;
}

std::string connecting_remedy(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return "let yourself in (sudo usermod --append --groups docker $USER, then log in again), or "
             "use sudo";
    case ENOENT:
    case ECONNREFUSED:
      return "start an engine (sudo systemctl start docker), or let one be started for a command: "
             "ci/with-docker COMMAND";
    default:
      return {};
  }
}

UniqueFd connect_to_engine(const std::string& path, Deadline deadline, const std::string& tried) {
  if (deadline.expired()) {
    throw DeadlineExceeded(tried, "there was no time left to connect");
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw system_error(tried, errno);
  // Blocking, and limited by the kernel: a full backlog can't be waited for with poll(2).
  const auto left = std::max<Duration>(deadline.remaining(), std::chrono::microseconds(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(left - seconds);
  const timeval limit{seconds.count(), rest.count()};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
    throw system_error(tried, errno);
  }
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN) {
      throw DeadlineExceeded(tried, "the engine accepted no connection before the deadline");
    }
    throw system_error(tried, error, connecting_remedy(error));
  }
  if (::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0) {
    throw system_error(tried, errno);
  }
  return fd;
}

}  // namespace strata::drivers
