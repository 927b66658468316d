#pragma once

#include "drivers/faas/emulator/http_message.h"
#include "drivers/faas/emulator/platform.h"

namespace strata::drivers::faas::emulator {

/// The Lambda Runtime API (2018-06-01) of one sandbox: next, response (also streamed), error, and
/// init/error. Which sandbox asks is known by the port that it was given, since runtimes take an
/// address and no path.
class RuntimeApi final : public HttpHandler {
 public:
  /// The platform and the clock outlive it.
  RuntimeApi(Platform& platform, SandboxId sandbox, const Clock& clock)
      : platform_(platform), sandbox_(sandbox), clock_(clock) {}

  [[nodiscard]] std::uint64_t body_limit(const HttpRequest& head) const override;
  [[nodiscard]] HttpResponse refuse(HttpRefusal why) const override;
  void handle(HttpRequest& request, Respond respond) override;

 private:
  void next(const Respond& respond);
  HttpResponse take_response(HttpRequest& request, std::string_view request_id);

  Platform& platform_;
  SandboxId sandbox_;
  const Clock& clock_;
};

}  // namespace strata::drivers::faas::emulator
