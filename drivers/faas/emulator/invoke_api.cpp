#include "drivers/faas/emulator/invoke_api.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/function_error.h"
#include "drivers/faas/emulator/function_name.h"
#include "drivers/faas/emulator/function_url.h"
#include "drivers/faas/emulator/signature.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr std::string_view kFunctions = "/2015-03-31/functions/";
constexpr std::string_view kInvocations = "/invocations";
/// 50 MB of zip in Base64, and what stands around it.
constexpr std::uint64_t kMostControl = 70ULL << 20U;
constexpr std::size_t kLongestClientContext = 3583;

HttpResponse response_of(const ApiError& error) {
  HttpResponse response;
  response.status = error.status();
  response.body = error.body();
  response.headers.emplace_back("x-amzn-ErrorType", error.name());
  response.headers.emplace_back("x-amzn-RequestId", new_uuid());
  return response;
}

HttpResponse response_of(const Error& error) {
  return response_of(ApiError(500, "ServiceException", error.what()));
}

/// The function's name in ".../functions/NAME/invocations", as it came; empty if it is another
/// path.
std::string_view invoked_function(std::string_view path) {
  if (!path.starts_with(kFunctions) || !path.ends_with(kInvocations)) return {};
  path.remove_prefix(kFunctions.size());
  if (path.size() <= kInvocations.size()) return {};
  path.remove_suffix(kInvocations.size());
  return path.find('/') == std::string_view::npos ? path : std::string_view();
}

bool is_invocation(const HttpRequest& request) {
  return request.method() == "POST" && !invoked_function(request.path()).empty();
}

std::string new_trace_id() {
  auto random = new_uuid() + new_uuid();
  std::erase(random, '-');
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", now.count(), random.substr(0, 24),
                     random.substr(32, 16));
}

ApiError too_large(std::uint64_t limit) {
  return {
      413, "RequestTooLargeException",
      fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation", limit)};
}

ApiError throttled(const std::string& reason) {
  return {429, "TooManyRequestsException", "Rate Exceeded.", reason};
}

HttpResponse response_of(InvocationResult result, const std::string& request_id) {
  if (result.kind == InvocationResult::Kind::kThrottled) {
    return response_of(throttled(result.reason));
  }
  if (result.kind == InvocationResult::Kind::kUnavailable) {
    return response_of(ApiError(500, "ServiceException", result.payload));
  }
  HttpResponse response;
  response.body = std::move(result.payload);
  response.headers.reserve(4);
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  response.headers.emplace_back("X-Amz-Executed-Version", result.function->version);
  if (!result.function_error.empty()) {
    response.headers.emplace_back("X-Amz-Function-Error", result.function_error);
  } else if (!result.content_type.empty()) {
    response.content_type = std::move(result.content_type);
  }
  if (!result.log.empty()) response.headers.emplace_back("X-Amz-Log-Result", base64(result.log));
  return response;
}

}  // namespace

InvokeApi::InvokeApi(Parts parts, RunLater run_later, std::optional<Credentials> credentials,
                     std::string region, std::string account)
    : parts_(parts),
      run_later_(std::move(run_later)),
      credentials_(std::move(credentials)),
      region_(std::move(region)),
      account_(std::move(account)) {}

std::uint64_t InvokeApi::body_limit(const HttpRequest& head) const {
  if (!url_id(head.header("Host")).empty() || is_invocation(head)) return kMostPayload;
  return kMostControl;
}

HttpResponse InvokeApi::refuse(HttpRefusal why) const {
  switch (why) {
    case HttpRefusal::kBodyTooLarge:
      return response_of(too_large(kMostPayload));
    case HttpRefusal::kHeadTooLarge:
      return response_of(ApiError(431, "RequestHeaderFieldsTooLargeException",
                                  "The headers of the request are too large."));
    case HttpRefusal::kMalformed:
      break;
  }
  return response_of(ApiError(400, "BadRequestException", "The request is not valid HTTP."));
}

void InvokeApi::handle(HttpRequest& request, Respond respond) {
  try {
    route(request, respond);
  } catch (const ApiError& error) {
    respond(response_of(error));
  } catch (const Error& error) {
    respond(response_of(error));
  }
}

void InvokeApi::route(HttpRequest& request, const Respond& respond) {
  const auto path = request.path();
  if (const auto id = url_id(request.header("Host")); !id.empty()) {
    call_url(request, id, respond);
    return;
  }
  const bool is_open = path.starts_with("/strata/code/");  // as a presigned link: who knows it may
  if (credentials_ && !is_open) {
    require_signature(request, *credentials_, region_, std::chrono::system_clock::now());
  }
  if (path == "/metrics") {
    respond(metrics());
  } else if (is_invocation(request)) {
    invoke(request, invoked_function(path), respond);
  } else {
    control(request, respond);
  }
}

void InvokeApi::invoke(HttpRequest& request, std::string_view function, const Respond& respond) {
  std::string decoded;
  if (!percent_decode(function, decoded)) parse_function_name("%");
  auto name = parse_function_name(decoded);
  if (const auto query = request.query(); !query.empty()) {
    if (auto qualifier = query_value(query, "Qualifier"); !qualifier.empty()) {
      name.qualifier = std::move(qualifier);
    }
  }
  auto resolved = parts_.functions.resolve(name.name, name.qualifier);
  const auto type = request.header("X-Amz-Invocation-Type");
  const bool is_event = type == "Event";
  if (!type.empty() && !is_event && type != "RequestResponse" && type != "DryRun") {
    throw ApiError(400, "InvalidParameterValueException",
                   "InvocationType has to be one of Event, RequestResponse, DryRun");
  }
  const auto context = request.header("X-Amz-Client-Context");
  if (context.size() > kLongestClientContext ||
      (!context.empty() && !from_base64(context).has_value())) {
    throw ApiError(400, "InvalidRequestContentException",
                   "Client context must be a valid Base64-encoded JSON object.");
  }
  InvocationRequest invocation;
  invocation.payload = std::move(request.body());
  if (invocation.payload.empty()) {
    invocation.payload = "{}";
  } else if (!nlohmann::json::accept(invocation.payload)) {
    throw ApiError(400, "InvalidRequestContentException",
                   "Could not parse request body into json: it is not valid JSON");
  }
  if (is_event && invocation.payload.size() > kMostEventPayload) throw too_large(kMostEventPayload);
  if (type == "DryRun") {
    HttpResponse response;
    response.status = 204;
    response.content_type.clear();
    response.headers.emplace_back("x-amzn-RequestId", new_uuid());
    respond(std::move(response));
    return;
  }
  invocation.request_id = new_uuid();
  invocation.function = std::move(resolved.version);
  invocation.invoked_arn = std::move(resolved.invoked_arn);
  invocation.client_context = context;
  const auto trace = request.header("X-Amzn-Trace-Id");
  invocation.trace_id = trace.empty() ? new_trace_id() : std::string(trace);
  if (is_event) {
    invoke_event(std::move(invocation), name.name, name.qualifier, respond);
    return;
  }
  invocation.wants_log = request.header("X-Amz-Log-Type") == "Tail";
  auto done = [respond, request_id = invocation.request_id](InvocationResult result) {
    respond(response_of(std::move(result), request_id));
  };
  parts_.platform.invoke(std::move(invocation), std::move(done));
}

void InvokeApi::invoke_event(InvocationRequest invocation, const std::string& name,
                             const std::string& qualifier, const Respond& respond) {
  QueuedEvent event;
  event.request_id = std::move(invocation.request_id);
  event.function = name;
  event.qualifier = qualifier;
  event.payload = std::move(invocation.payload);
  event.client_context = std::move(invocation.client_context);
  event.trace_id = std::move(invocation.trace_id);
  parts_.events.add(event, [respond, request_id = event.request_id](const std::string& failure) {
    if (!failure.empty()) {
      respond(response_of(
          ApiError(500, "ServiceException", "The event could not be kept: " + failure)));
      return;
    }
    HttpResponse response;
    response.status = 202;
    response.content_type.clear();
    response.headers.emplace_back("x-amzn-RequestId", request_id);
    respond(std::move(response));
  });
}

void InvokeApi::call_url(HttpRequest& request, std::string_view id, const Respond& respond) {
  std::string name;
  std::string qualifier;
  FunctionUrl url;
  const auto forbid = [&] {
    HttpResponse response;
    response.status = 403;
    response.body = R"({"Message":"Forbidden"})";
    respond(std::move(response));
  };
  if (!parts_.functions.find_url(id, name, qualifier, url)) {
    forbid();
    return;
  }
  if (url.auth_type != "NONE") {
    if (!credentials_) {
      forbid();
      return;
    }
    require_signature(request, *credentials_, region_, std::chrono::system_clock::now());
  }
  auto resolved = parts_.functions.resolve(name, qualifier);
  InvocationRequest invocation;
  invocation.request_id = new_uuid();
  invocation.payload = url_event(request, id, invocation.request_id);
  invocation.function = std::move(resolved.version);
  invocation.invoked_arn = std::move(resolved.invoked_arn);
  invocation.trace_id = new_trace_id();
  parts_.platform.invoke(std::move(invocation), [respond](const InvocationResult& result) {
    respond(url_response(result));
  });
}

void InvokeApi::control(HttpRequest& request, const Respond& respond) {
  ControlCall call;
  call.method = request.method();
  call.query = request.query();
  call.authority = request.header("Host");
  if (!split_path(request.path(), call.path)) {
    throw ApiError(400, "BadRequestException", "The path can't be decoded.");
  }
  call.body = std::move(request.body());
  run_later_([this, call = std::move(call), respond] {
    HttpResponse response;
    try {
      response = parts_.control.answer(call);
      response.headers.emplace_back("x-amzn-RequestId", new_uuid());
    } catch (const ApiError& error) {
      response = response_of(error);
    } catch (const Error& error) {
      response = response_of(error);
    } catch (const std::exception& error) {
      response = response_of(ApiError(500, "ServiceException", error.what()));
    }
    respond(std::move(response));
  });
}

HttpResponse InvokeApi::metrics() const {
  auto gauges = parts_.platform.gauges();
  gauges.queued_events = parts_.events.size();
  HttpResponse response;
  response.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  response.body = openmetrics(parts_.platform.metrics(), gauges);
  return response;
}

}  // namespace strata::drivers::faas::emulator
