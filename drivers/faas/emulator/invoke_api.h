#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/faas/emulator.h"
#include "drivers/faas/emulator/control_api.h"
#include "drivers/faas/emulator/event_queue.h"
#include "drivers/faas/emulator/function_store.h"
#include "drivers/faas/emulator/http_message.h"
#include "drivers/faas/emulator/platform.h"

namespace strata::drivers::faas::emulator {

/// Runs a task in another thread, one after the other.
using RunLater = std::function<void(std::function<void()>)>;

/// What callers talk to: invocations and function URLs, carried out without waiting; the control
/// calls, which wait, in another thread; and /metrics.
class InvokeApi final : public HttpHandler {
 public:
  struct Parts {
    FunctionStore& functions;
    Platform& platform;
    EventQueue& events;
    ControlApi& control;
  };
  /// All of `parts` outlive it.
  InvokeApi(Parts parts, RunLater run_later, std::optional<Credentials> credentials,
            std::string region, std::string account);

  [[nodiscard]] std::uint64_t body_limit(const HttpRequest& head) const override;
  [[nodiscard]] HttpResponse refuse(HttpRefusal why) const override;
  void handle(HttpRequest& request, Respond respond) override;

 private:
  void route(HttpRequest& request, const Respond& respond);
  void invoke(HttpRequest& request, std::string_view function, const Respond& respond);
  void invoke_event(InvocationRequest invocation, const std::string& name,
                    const std::string& qualifier, const Respond& respond);
  void call_url(HttpRequest& request, std::string_view id, const Respond& respond);
  void control(HttpRequest& request, const Respond& respond);
  [[nodiscard]] HttpResponse metrics() const;

  const Parts parts_;
  const RunLater run_later_;
  const std::optional<Credentials> credentials_;
  const std::string region_;
  const std::string account_;
};

}  // namespace strata::drivers::faas::emulator
