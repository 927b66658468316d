#include "results/vocabulary/cancellation.h"

#include <sys/eventfd.h>

#include <cerrno>

#include "results/vocabulary/error.h"

namespace strata {
namespace {

UniqueFd make_event() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw system_error("make an event descriptor", errno);
  return event;
}

}  // namespace

Cancellation::Cancellation() : orderly_(make_event()), now_(make_event()) {}

void Cancellation::request(Urgency urgency) {
  auto before = requested_.load(std::memory_order_relaxed);
  while (before < urgency &&
         !requested_.compare_exchange_weak(before, urgency, std::memory_order_acq_rel)) {
  }
  if (urgency >= Urgency::kOrderly) ::eventfd_write(orderly_.get(), 1);
  if (urgency >= Urgency::kNow) ::eventfd_write(now_.get(), 1);
}

}  // namespace strata
