#include "drivers/faas/faas_deployment.h"

#include <fmt/format.h>

#include <chrono>
#include <exception>

#include "drivers/faas/function_job.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/function_event.h"

namespace strata::drivers::faas {
namespace {

constexpr auto kDeleteLimit = std::chrono::seconds(10);

EndedInvocation ended(LambdaClient::Ended one) {
  auto& invocation = one.invocation;
  EndedInvocation result;
  result.id = one.id;
  result.sent = invocation.sent;
  result.answered = invocation.answered;
  result.failure = invocation.failure;
  result.end = invocation.end == Invocation::End::kGood        ? EndedInvocation::End::kGood
               : invocation.end == Invocation::End::kThrottled ? EndedInvocation::End::kThrottled
                                                               : EndedInvocation::End::kFailed;
  if (invocation.report) {
    result.billed = invocation.report->billed;
    result.init = invocation.report->init;
  }
  if (result.end != EndedInvocation::End::kGood) return result;
  try {
    // Not every platform says so; the agent in the sandbox knows.
    result.is_cold = invocation_number(invocation.payload, "invoke the function") == 1;
  } catch (const Error& error) {
    result.end = EndedInvocation::End::kFailed;
    result.failure = error.failure();
  }
  return result;
}

}  // namespace

FaasDeployment::~FaasDeployment() {
  try {
    client_->abandon_all();
    if (is_deployed_) client_->remove(definition_.name, Deadline::after(clock_, kDeleteLimit));
  } catch (const std::exception&) {
    // Its name has the run's id in it, so that whoever looks finds it.
  }
}

void FaasDeployment::create(std::optional<std::uint32_t> most_sandboxes, Deadline deadline) {
  is_deployed_ = true;
  client_->create(definition_, deadline);
  definition_.zip.clear();
  if (most_sandboxes) client_->limit_concurrency(definition_.name, *most_sandboxes, deadline);
}

void FaasDeployment::begin(std::uint64_t id, Duration work, Duration limit) {
  constexpr bool kWithLog = true;
  client_->begin_invoke(id, definition_.name,
                        fmt::format(R"({{"{}":"{}","{}":{}}})", wire::kEventKey, wire::kEventWait,
                                    wire::kEventMilliseconds,
                                    std::chrono::round<std::chrono::milliseconds>(work).count()),
                        limit, kWithLog);
}

std::vector<EndedInvocation> FaasDeployment::wait(TimePoint until) {
  std::vector<EndedInvocation> all;
  for (auto& one : client_->wait(until)) all.push_back(ended(std::move(one)));
  return all;
}

void FaasDeployment::remove(Deadline deadline) {
  const auto tried = fmt::format("remove function {}", definition_.name);
  if (client_->under_way() > 0) throw Error(tried, "invocations of it are still under way");
  const bool was_there = client_->remove(definition_.name, deadline);
  is_deployed_ = false;
  if (!was_there) throw Error(tried, "somebody else has deleted it");
  client_->await_removal(definition_.name, deadline);
}

}  // namespace strata::drivers::faas
