#include "drivers/faas/emulator/runtime_api.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "drivers/faas/emulator/function_error.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
constexpr std::string_view kNext = "/2018-06-01/runtime/invocation/next";
constexpr std::string_view kInitError = "/2018-06-01/runtime/init/error";
/// A response may be a little larger than allowed, so that the caller learns of it; see kTooLarge.
constexpr std::uint64_t kBodyLimit = kMostResponse + (1U << 20U);

HttpResponse error(unsigned status, const char* type, const char* message) {
  HttpResponse response;
  response.status = status;
  response.body = fmt::format(R"({{"errorType":"{}","errorMessage":"{}"}})", type, message);
  return response;
}

HttpResponse answer(Platform::Reception reception) {
  switch (reception) {
    case Platform::Reception::kAccepted:
      break;
    case Platform::Reception::kWrongRequest:
      return error(400, "InvalidRequestID", "Invalid request ID");
    case Platform::Reception::kWrongState:
      return error(403, "InvalidStateTransition", "The runtime may not do this now");
    case Platform::Reception::kTooLarge:
      return error(413, "RequestEntityTooLarge",
                   "Exceeded maximum allowed payload size (6291556 bytes).");
  }
  HttpResponse response;
  response.status = 202;
  response.body = R"({"status":"OK"})";
  response.may_be_held = true;
  return response;
}

/// What a runtime that streams says in its trailers if it fails on the way.
std::string streamed_error(const HttpRequest& request, std::string_view type) {
  const auto encoded = request.header("Lambda-Runtime-Function-Error-Body");
  if (auto body = from_base64(encoded); body && nlohmann::json::accept(*body)) return *body;
  if (nlohmann::json::accept(encoded)) return std::string(encoded);
  return nlohmann::json{{"errorType", type}, {"errorMessage", "The stream ended with an error"}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::uint64_t RuntimeApi::body_limit(const HttpRequest& /*head*/) const { return kBodyLimit; }

HttpResponse RuntimeApi::refuse(HttpRefusal why) const {
  switch (why) {
    case HttpRefusal::kBodyTooLarge:
      return answer(Platform::Reception::kTooLarge);
    case HttpRefusal::kHeadTooLarge:
      return error(431, "RequestHeaderFieldsTooLarge", "The headers are too large");
    case HttpRefusal::kMalformed:
      break;
  }
  return error(400, "BadRequest", "This is not HTTP");
}

void RuntimeApi::handle(HttpRequest& request, Respond respond) {
  const auto path = request.path();
  const auto method = request.method();
  if (path == kNext && method == "GET") {
    next(respond);
  } else if (path == kInitError && method == "POST") {
    respond(answer(platform_.fail_init(sandbox_, std::move(request.body()))));
  } else if (path.starts_with(kInvocation) && method == "POST") {
    const auto rest = path.substr(kInvocation.size());
    const auto slash = rest.find('/');
    const auto request_id = rest.substr(0, slash);
    const auto what = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (what == "response") {
      respond(take_response(request, request_id));
    } else if (what == "error") {
      respond(answer(platform_.fail(sandbox_, request_id, std::move(request.body()))));
    } else {
      respond(error(404, "NotFound", "There is no such path in the Runtime API"));
    }
  } else {
    respond(error(404, "NotFound", "There is no such path in the Runtime API"));
  }
}

HttpResponse RuntimeApi::take_response(HttpRequest& request, std::string_view request_id) {
  if (const auto type = request.header("Lambda-Runtime-Function-Error-Type"); !type.empty()) {
    return answer(platform_.fail(sandbox_, request_id, streamed_error(request, type)));
  }
  std::string content_type(request.header("Content-Type"));
  return answer(
      platform_.respond(sandbox_, request_id, std::move(request.body()), std::move(content_type)));
}

void RuntimeApi::next(const Respond& respond) {
  const auto dispatch = [respond, this](const std::shared_ptr<const Invocation>& invocation) {
    if (!invocation) {
      respond(error(410, "Gone", "This sandbox is at its end"));
      return;
    }
    const auto& request = invocation->request;
    const auto unix_now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(invocation->deadline - clock_.now());
    HttpResponse response;
    response.body = request.payload;
    response.headers.reserve(5);
    response.headers.emplace_back("Lambda-Runtime-Aws-Request-Id", request.request_id);
    response.headers.emplace_back("Lambda-Runtime-Deadline-Ms",
                                  std::to_string((unix_now + left).count()));
    response.headers.emplace_back("Lambda-Runtime-Invoked-Function-Arn", request.invoked_arn);
    response.headers.emplace_back("Lambda-Runtime-Trace-Id", request.trace_id);
    if (!request.client_context.empty()) {
      response.headers.emplace_back("Lambda-Runtime-Client-Context", request.client_context);
    }
    respond(std::move(response));
  };
  const auto reception = platform_.next(sandbox_, dispatch);
  if (reception != Platform::Reception::kAccepted) respond(answer(reception));
}

}  // namespace strata::drivers::faas::emulator
