#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/faas/emulator/code_store.h"
#include "drivers/faas/emulator/function_store.h"
#include "drivers/faas/emulator/http_message.h"
#include "drivers/faas/emulator/platform.h"

namespace strata::drivers::faas::emulator {

/// One call, apart from its connection.
struct ControlCall {
  std::string method;
  std::vector<std::string> path;  ///< decoded parts
  std::string query;
  std::string body;
  std::string authority;  ///< the Host header: what the client calls us
};

struct ControlOptions {
  std::string region;
  std::string account;
  std::uint32_t concurrency = 1000;
  /// Makes ready what sandboxes of this code are started from. Throws Error.
  std::function<void(const std::string& digest)> prepare;
};

/// The calls that make, change, list and delete functions, their versions, aliases, limits and
/// URLs. Thread-safe; calls may take long.
class ControlApi {
 public:
  /// All of them outlive it. Tells the platform what the store holds already.
  ControlApi(ControlOptions options, FunctionStore& functions, CodeStore& code, Platform& platform);

  /// Throws ApiError for what is refused, and Error for what could not be done.
  HttpResponse answer(const ControlCall& call);

 private:
  using Json = nlohmann::json;

  HttpResponse answer_function(const ControlCall& call, const std::string& name,
                               const std::string& qualifier);
  HttpResponse create(const ControlCall& call);
  HttpResponse list(const ControlCall& call) const;
  HttpResponse get(const ControlCall& call, const std::string& name,
                   const std::string& qualifier) const;
  HttpResponse update_code(const ControlCall& call, const std::string& name);
  HttpResponse update_configuration(const ControlCall& call, const std::string& name);
  HttpResponse remove(const std::string& name, const std::string& qualifier);
  HttpResponse publish(const ControlCall& call, const std::string& name);
  HttpResponse list_versions(const ControlCall& call, const std::string& name) const;
  HttpResponse aliases(const ControlCall& call, const std::string& name);
  HttpResponse concurrency(const ControlCall& call, const std::string& name);
  HttpResponse provisioned(const ControlCall& call, const std::string& name,
                           const std::string& qualifier);
  HttpResponse event_config(const ControlCall& call, const std::string& name,
                            const std::string& qualifier);
  HttpResponse url(const ControlCall& call, const std::string& name, const std::string& qualifier);
  [[nodiscard]] HttpResponse account_settings() const;

  [[nodiscard]] StoredCode store_code(const Json& code);
  [[nodiscard]] std::string arn_of(const std::string& name) const;
  std::shared_ptr<const FunctionVersion> publish_version(Function& function,
                                                         const std::string& description) const;
  void tell_platform(const Function& function);
  void remove_unused_code();
  [[nodiscard]] Json shown_url(const Function& function, const std::string& qualifier,
                               const FunctionUrl& url, const std::string& authority) const;

  const ControlOptions options_;
  FunctionStore& functions_;
  CodeStore& code_;
  Platform& platform_;
};

}  // namespace strata::drivers::faas::emulator
