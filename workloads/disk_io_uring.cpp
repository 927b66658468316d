// Disk: several requests at a time by io_uring, past the page cache.

#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "workloads/disk_file.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

using Clock = std::chrono::steady_clock;

/// A ring with `depth` requests under way, each with a buffer of its own. Waits for those that are
/// still under way on destruction, since the kernel writes into the buffers.
class Ring {
 public:
  explicit Ring(const Access& access) : access_(access), requests_(access.depth) {
    // As fio does it: what has been done waits until we ask for it, rather than interrupting us.
    // Kernels before 6.1 don't know that.
    error_ = -::io_uring_queue_init(
        access.depth, &ring_,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error_ == EINVAL) error_ = -::io_uring_queue_init(access.depth, &ring_, 0);
    for (auto& request : requests_) request.buffer = io_buffer(access.block);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    if (error_ != 0) return;
    while (under_way_ > 0 && take(nullptr)) {
    }
    ::io_uring_queue_exit(&ring_);
  }
  /// Why there is no ring; 0 if there is one.
  [[nodiscard]] int error() const { return error_; }

  struct Request {
    Mapping buffer;
    off_t offset = 0;
    Clock::time_point submitted;
  };
  std::vector<Request>& requests() { return requests_; }

  /// Submits a request at once, so that the device always has all of them; false, and `said` why,
  /// if that went wrong.
  bool submit(Request& request, off_t offset, int fd, std::string& said) {
    request.offset = offset;
    auto* const entry = ::io_uring_get_sqe(&ring_);  // there is one for each request
    const auto size = static_cast<unsigned>(access_.block);
    const auto place = static_cast<__u64>(offset);
    if (access_.write) {
      DiskFile::number(request.buffer.as<std::uint64_t>(), access_.block, offset);
      ::io_uring_prep_write(entry, fd, request.buffer.as<char>(), size, place);
    } else {
      ::io_uring_prep_read(entry, fd, request.buffer.as<char>(), size, place);
    }
    ::io_uring_sqe_set_data(entry, &request);
    request.submitted = Clock::now();
    const int result = ::io_uring_submit_and_get_events(&ring_);
    if (result == 1) {
      ++under_way_;
      return true;
    }
    said = std::string("submit to io_uring: ") + std::strerror(-result);
    return false;
  }

  /// Waits for one request to be done; nullptr if that went wrong: `said` then says how. The
  /// latency, from submission to now, is in `histogram`.
  Request* take(Histogram* histogram, std::string* said = nullptr) {
    io_uring_cqe* done = nullptr;
    int waited = 0;
    do waited = ::io_uring_wait_cqe(&ring_, &done);
    while (waited == -EINTR);
    if (waited < 0) {
      if (said != nullptr) *said = std::string("wait for io_uring: ") + std::strerror(-waited);
      return nullptr;
    }
    auto* const request = static_cast<Request*>(::io_uring_cqe_get_data(done));
    const int result = done->res;
    ::io_uring_cqe_seen(&ring_, done);
    --under_way_;
    if (histogram != nullptr) {
      const auto took = Clock::now() - request->submitted;
      histogram->add(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
    }
    if (result == static_cast<int>(access_.block)) return request;
    if (said != nullptr) {
      *said = std::string(access_.write ? "write" : "read") + " by io_uring in " +
              scratch_folder() + ": " +
              (result < 0 ? std::strerror(-result) : "less than was asked for");
      // As it answers to operations it does not know; gVisor's, for one, can only readv.
      if (result == -EINVAL) *said += "; this kernel's io_uring may not know the operation";
    }
    return nullptr;
  }

 private:
  const Access& access_;
  io_uring ring_{};
  int error_ = 0;
  std::vector<Request> requests_;
  std::size_t under_way_ = 0;
};

/// Always `depth` requests under way: what is done is replaced at once, by one system call each.
/// Unit: ns from one completion to the next; latencies from submission to completion. Warm-up: the
/// file is written and read once. Peer: fio --ioengine=io_uring.
void by_io_uring(benchmark::State& state, const Access& access) {
  const auto* const file = DiskFile::open(state, access);
  if (file == nullptr) return;
  Ring ring(access);
  if (ring.error() != 0) {
    return fail(state, std::string("set io_uring up: ") + std::strerror(ring.error()) +
                           "; not available here where a seccomp filter or the setting "
                           "kernel.io_uring_disabled forbids it");
  }
  Places places(access);
  std::string said;
  for (auto& request : ring.requests()) {
    if (!ring.submit(request, places.next(), file->fd(), said)) return fail(state, said);
  }
  Histogram histogram;
  for (auto _ : state) {
    auto* const request = ring.take(&histogram, &said);
    if (request == nullptr) return fail(state, said);
    if (!access.write && !DiskFile::is_from(request->offset, request->buffer.as<std::uint64_t>())) {
      return fail(state, "a read came from another place of the file");
    }
    if (!ring.submit(*request, places.next(), file->fd(), said)) return fail(state, said);
  }
  report(histogram, state);
  report_access(access, state);
}

bool add_access(const Access& access) {
  return add_workload(
      {.name = "disk/" + access_name(access) + "/io_uring/depth_" + std::to_string(access.depth),
       .summary = access_summary(access) + ", " + std::to_string(access.depth) + " at a time",
       .metric = "iops",
       .unit = "1/s",
       .higher_is_better = true,
       .needs = {"scratch", "io_uring"}},
      [access](auto& state) { by_io_uring(state, access); });
}

constexpr std::size_t kMiB = 1UL << 20U;
const bool kRandom = add_access({.random = true, .depth = 1}) &&
                     add_access({.random = true, .depth = 8}) &&
                     add_access({.random = true, .depth = 32}) &&
                     add_access({.write = true, .random = true, .depth = 1}) &&
                     add_access({.write = true, .random = true, .depth = 32});
const bool kSequential = add_access({.block = kMiB, .depth = 8}) &&
                         add_access({.write = true, .block = kMiB, .depth = 8});

}  // namespace
}  // namespace strata::workloads
