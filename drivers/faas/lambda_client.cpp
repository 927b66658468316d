#include "drivers/faas/lambda_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/base64.h"

namespace strata::drivers::faas {
namespace {

using Json = nlohmann::json;

constexpr long kThrottled = 429;
constexpr long kNotFound = 404;
constexpr auto kFirstPause = std::chrono::milliseconds(1);
constexpr auto kLongestPause = std::chrono::milliseconds(500);
/// Of calls that are made one at a time; the numbers of others are their callers'.
constexpr HttpTransfers::Id kOnly = ~HttpTransfers::Id{0};

constexpr auto kFunctions = "/2015-03-31/functions";

std::string function_path(const std::string& name) {
  return fmt::format("{}/{}", kFunctions, name);
}

bool is_success(const HttpAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

std::string text_of(const Json& json, const char* name) {
  if (!json.is_object()) return {};
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What an error answer says: "429 TooManyRequestsException: Rate exceeded".
std::string said_by(const HttpAnswer& answer) {
  auto type = std::string(answer.header("x-amzn-errortype"));
  type = type.substr(0, type.find(':'));
  const auto json = Json::parse(answer.body, nullptr, false);
  auto message = text_of(json, "message");
  if (message.empty()) message = text_of(json, "Message");
  if (message.empty()) message = printable(answer.body);
  return fmt::format("{} {}: {}", answer.status, type.empty() ? "without a name" : type,
                     printable(message, 1000));
}

/// Throws unless something answered.
void require_answer(const HttpAnswer& answer, const std::string& tried) {
  if (answer.status != 0) return;
  const auto said = fmt::format("{}: {}", answer.failure.tried, answer.failure.said);
  if (answer.timed_out) throw DeadlineExceeded(tried, said);
  throw Error(tried, said, answer.failure.do_next);
}

Error refusal(const std::string& tried, const HttpAnswer& answer) {
  return {tried, said_by(answer)};
}

std::string decoded_log(std::string_view base64) {
  std::string log;
  if (!wire::decode_base64(base64, log)) return {};
  return log;
}

Invocation read_invocation(HttpAnswer answer) {
  Invocation invocation;
  invocation.sent = answer.sent;
  invocation.answered = answer.answered;
  invocation.timed_out = answer.timed_out;
  const std::string tried = "invoke the function";
  if (answer.status == 0) {
    invocation.failure = {tried, fmt::format("{}: {}", answer.failure.tried, answer.failure.said),
                          answer.failure.do_next};
    return invocation;
  }
  invocation.log = decoded_log(answer.header("x-amz-log-result"));
  invocation.report = report_in(invocation.log);
  if (answer.status == kThrottled) {
    invocation.end = Invocation::End::kThrottled;
    invocation.failure = {tried, said_by(answer),
                          "raise its concurrency, or ask for less at a time"};
  } else if (!is_success(answer)) {
    invocation.failure = {tried, said_by(answer), {}};
  } else if (!answer.header("x-amz-function-error").empty()) {
    invocation.end = Invocation::End::kFunctionError;
    const auto json = Json::parse(answer.body, nullptr, false);
    auto message = text_of(json, "errorMessage");
    if (message.empty()) message = answer.body;
    invocation.failure = {
        tried,
        fmt::format("{}: {}", answer.header("x-amz-function-error"), printable(message, 1000)),
        {}};
  } else {
    invocation.end = Invocation::End::kGood;
  }
  invocation.payload = std::move(answer.body);
  return invocation;
}

HttpRequest invoke_request(const std::string& name, std::string payload, bool with_log,
                           const std::string& qualifier) {
  HttpRequest request{"POST", function_path(name) + "/invocations", {}, std::move(payload)};
  if (!qualifier.empty()) request.path += "?Qualifier=" + qualifier;
  if (with_log) request.headers.emplace_back("X-Amz-Log-Type: Tail");
  return request;
}

}  // namespace

LambdaClient::LambdaClient(Platform platform, const Clock& clock)
    : platform_(platform), clock_(clock), transfers_(std::move(platform), clock) {}

HttpAnswer LambdaClient::call(HttpRequest request, Deadline deadline) {
  if (deadline.expired()) {
    HttpAnswer late;
    late.timed_out = true;
    late.failure = {fmt::format("{} {}{}", request.method, platform_.endpoint, request.path),
                    "there was no time left for it",
                    {}};
    late.sent = late.answered = clock_.now();
    return late;
  }
  transfers_.begin(kOnly, std::move(request), deadline.remaining());
  // libcurl keeps the limit; this one only sees to it that a broken libcurl does not keep us.
  constexpr auto kGrace = std::chrono::seconds(1);
  while (deadline.at() + kGrace > clock_.now()) {
    auto done = transfers_.wait(deadline.at() + kGrace);
    if (!done.empty()) return std::move(done.front().answer);
  }
  transfers_.abandon(kOnly);
  HttpAnswer late;
  late.timed_out = true;
  late.failure = {platform_.endpoint, "it did not answer before the deadline", {}};
  return late;
}

Json LambdaClient::ask(const std::string& method, const std::string& path, const std::string& tried,
                       const Json& body, Deadline deadline) {
  const auto answer =
      call({method, path, {}, body.is_null() ? std::string() : body.dump()}, deadline);
  require_answer(answer, tried);
  if (!is_success(answer)) throw refusal(tried, answer);
  auto json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded() && !answer.body.empty()) {
    throw Error(tried, fmt::format("it answered with no JSON: {}", printable(answer.body)),
                "is it a function platform that answers there?");
  }
  return json;
}

template <typename IsDone>
void LambdaClient::await(const std::string& tried, Deadline deadline, IsDone is_done) {
  for (Duration pause = kFirstPause;; pause = std::min<Duration>(2 * pause, kLongestPause)) {
    if (is_done()) return;
    if (deadline.remaining() <= pause) {
      throw DeadlineExceeded(tried, "the platform was not done before the deadline");
    }
    transfers_.wait(clock_.now() + pause);
  }
}

void LambdaClient::create(const FunctionDefinition& definition, Deadline deadline) {
  const auto tried = fmt::format("create function {}", definition.name);
  std::string code;
  wire::append_base64(code, definition.zip);
  Json body{{"FunctionName", definition.name},
            {"Runtime", definition.runtime},
            {"Handler", definition.handler},
            {"Role", definition.role},
            {"MemorySize", definition.memory_mb},
            {"Timeout", definition.timeout_s},
            {"Environment", {{"Variables", definition.environment}}},
            {"Tags", definition.tags},
            {"Code", {{"ZipFile", std::move(code)}}}};
  if (!definition.architecture.empty()) body["Architectures"] = {definition.architecture};
  const auto is_active = [&](const Json& function) {
    const auto& configuration =
        function.contains("Configuration") ? function["Configuration"] : function;
    const auto state = text_of(configuration, "State");
    if (state == "Failed") {
      throw Error(tried, fmt::format("it failed: {}", text_of(configuration, "StateReason")));
    }
    return state != "Pending";
  };
  if (is_active(ask("POST", kFunctions, tried, body, deadline))) return;
  await(tried, deadline, [&] {
    return is_active(ask("GET", function_path(definition.name), tried, nullptr, deadline));
  });
}

bool LambdaClient::remove(const std::string& name, Deadline deadline) {
  const auto tried = fmt::format("delete function {}", name);
  const auto answer = call({"DELETE", function_path(name), {}, {}}, deadline);
  require_answer(answer, tried);
  if (answer.status == kNotFound) return false;
  if (!is_success(answer)) throw refusal(tried, answer);
  return true;
}

void LambdaClient::await_removal(const std::string& name, Deadline deadline) {
  const auto tried = fmt::format("wait for the end of function {}", name);
  await(tried, deadline, [&] {
    const auto answer = call({"GET", function_path(name), {}, {}}, deadline);
    require_answer(answer, tried);
    if (answer.status != kNotFound && !is_success(answer)) throw refusal(tried, answer);
    return answer.status == kNotFound &&
           (!platform_.sandboxes_of || platform_.sandboxes_of(name) == 0);
  });
}

void LambdaClient::limit_concurrency(const std::string& name, std::uint32_t sandboxes,
                                     Deadline deadline) {
  ask("PUT", fmt::format("/2017-10-31/functions/{}/concurrency", name),
      fmt::format("limit the concurrency of function {}", name),
      Json{{"ReservedConcurrentExecutions", sandboxes}}, deadline);
}

std::string LambdaClient::provision(const std::string& name, std::uint32_t sandboxes,
                                    Deadline deadline) {
  const auto tried = fmt::format("keep {} sandboxes of function {} warm", sandboxes, name);
  const auto published =
      ask("POST", function_path(name) + "/versions", tried, Json::object(), deadline);
  auto version = text_of(published, "Version");
  if (version.empty()) throw Error(tried, "the platform published no version");
  const auto path =
      fmt::format("/2019-09-30/functions/{}/provisioned-concurrency?Qualifier={}", name, version);
  ask("PUT", path, tried, Json{{"ProvisionedConcurrentExecutions", sandboxes}}, deadline);
  await(tried, deadline, [&] {
    const auto state = ask("GET", path, tried, nullptr, deadline);
    const auto status = text_of(state, "Status");
    if (status == "FAILED") throw Error(tried, text_of(state, "StatusReason"));
    return status == "READY";
  });
  return version;
}

Invocation LambdaClient::invoke(const std::string& name, std::string payload, Deadline deadline,
                                const std::string& qualifier) {
  constexpr bool kWithLog = true;
  return read_invocation(
      call(invoke_request(name, std::move(payload), kWithLog, qualifier), deadline));
}

void LambdaClient::begin_invoke(HttpTransfers::Id id, const std::string& name, std::string payload,
                                Duration limit, bool with_log, const std::string& qualifier) {
  transfers_.begin(id, invoke_request(name, std::move(payload), with_log, qualifier), limit);
}

std::vector<LambdaClient::Ended> LambdaClient::wait(TimePoint until) {
  auto done = transfers_.wait(until);
  std::vector<Ended> ended;
  ended.reserve(done.size());
  for (auto& one : done) {
    ended.push_back({one.id, read_invocation(std::move(one.answer))});
  }
  return ended;
}

}  // namespace strata::drivers::faas
