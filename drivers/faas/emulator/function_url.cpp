#include "drivers/faas/emulator/function_url.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>

#include "drivers/faas/emulator/report.h"

namespace strata::drivers::faas::emulator {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Bodies of these types go as text, all others in Base64.
bool is_text(std::string_view content_type) {
  const auto type = lower(content_type.substr(0, content_type.find(';')));
  return type.empty() || type.starts_with("text/") || type == "application/json" ||
         type == "application/javascript" || type == "application/xml" ||
         type == "application/x-www-form-urlencoded" || type.ends_with("+json") ||
         type.ends_with("+xml");
}

bool is_utf8(const std::string& bytes) {
  try {
    Json(bytes).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

void join(Json& object, const std::string& name, const std::string& value) {
  auto& place = object[name];
  place = place.is_string() ? place.get<std::string>() + "," + value : value;
}

HttpResponse plain(unsigned status, const char* message) {
  HttpResponse response;
  response.status = status;
  response.body = fmt::format(R"({{"Message":"{}"}})", message);
  return response;
}

}  // namespace

std::string_view url_id(std::string_view host) {
  const auto dot = host.find(".lambda-url.");
  return dot == std::string_view::npos ? std::string_view() : host.substr(0, dot);
}

std::string url_event(HttpRequest& request, std::string_view id, const std::string& request_id) {
  Json headers = Json::object();
  Json cookies = Json::array();
  for (const auto& [name, value] : request.headers()) {
    const auto key = lower(name);
    if (key != "cookie") {
      join(headers, key, std::string(value));
      continue;
    }
    for (std::string_view rest = value; !rest.empty();) {
      const auto one = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      const auto begin = std::min(one.find_first_not_of(' '), one.size());
      if (begin < one.size()) cookies.push_back(one.substr(begin));
    }
  }
  Json query = Json::object();
  for (std::string_view rest = request.query(); !rest.empty();) {
    const auto one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const auto equals = one.find('=');
    std::string name;
    std::string value;
    if (!percent_decode(one.substr(0, equals), name)) continue;
    if (equals != std::string_view::npos && !percent_decode(one.substr(equals + 1), value)) {
      continue;
    }
    join(query, name, value);
  }
  std::string path;
  if (!percent_decode(request.path(), path)) path = request.path();
  const auto now = std::chrono::system_clock::now();
  const auto host = request.header("Host");
  Json event{
      {"version", "2.0"},
      {"routeKey", "$default"},
      {"rawPath", path},
      {"rawQueryString", request.query()},
      {"headers", std::move(headers)},
      {"requestContext",
       {{"accountId", "anonymous"},
        {"apiId", id},
        {"domainName", host},
        {"domainPrefix", id},
        {"http",
         {{"method", request.method()},
          {"path", path},
          {"protocol", "HTTP/1.1"},
          {"sourceIp", request.remote_address()},
          {"userAgent", request.header("User-Agent")}}},
        {"requestId", request_id},
        {"routeKey", "$default"},
        {"stage", "$default"},
        {"time", fmt::format("{:%d/%b/%Y:%H:%M:%S +0000}",
                             fmt::gmtime(std::chrono::system_clock::to_time_t(now)))},
        {"timeEpoch",
         std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()}}}};
  if (!query.empty()) event["queryStringParameters"] = std::move(query);
  if (!cookies.empty()) event["cookies"] = std::move(cookies);
  auto& body = request.body();
  const bool as_text = is_text(request.header("Content-Type")) && is_utf8(body);
  event["isBase64Encoded"] = !as_text;
  if (!body.empty()) event["body"] = as_text ? body : base64(body);
  return dump(event);
}

HttpResponse url_response(const InvocationResult& result) {
  if (result.kind == InvocationResult::Kind::kThrottled) return plain(429, "Too Many Requests");
  if (result.kind == InvocationResult::Kind::kUnavailable || !result.function_error.empty()) {
    return plain(502, "Internal Server Error");
  }
  HttpResponse response;
  const auto json = Json::parse(result.payload, nullptr, false);
  if (!json.is_object() || !json.contains("statusCode")) {
    response.body = json.is_string() ? json.get<std::string>() : result.payload;
    return response;
  }
  const auto& status = json["statusCode"];
  constexpr int kLeast = 200;
  constexpr int kMost = 599;
  if (!status.is_number_integer() || status.get<int>() < kLeast || status.get<int>() > kMost) {
    return plain(502, "Internal Server Error");
  }
  response.status = status.get<unsigned>();
  if (const auto body = json.find("body"); body != json.end()) {
    response.body = body->is_string() ? body->get<std::string>() : dump(*body);
    if (json.value("isBase64Encoded", Json(false)) == Json(true)) {
      const auto bytes = from_base64(response.body);
      if (!bytes) return plain(502, "Internal Server Error");
      response.body = *bytes;
    }
  }
  if (const auto headers = json.find("headers"); headers != json.end() && headers->is_object()) {
    for (const auto& [name, value] : headers->items()) {
      const auto key = lower(name);
      const auto text = value.is_string() ? value.get<std::string>() : dump(value);
      if (key == "content-type") {
        response.content_type = text;
      } else if (key != "content-length" && key != "connection" && key != "transfer-encoding" &&
                 key != "date") {
        response.headers.emplace_back(name, text);
      }
    }
  }
  if (const auto cookies = json.find("cookies"); cookies != json.end() && cookies->is_array()) {
    for (const auto& cookie : *cookies) {
      if (cookie.is_string()) {
        response.headers.emplace_back("Set-Cookie", cookie.get<std::string>());
      }
    }
  }
  return response;
}

}  // namespace strata::drivers::faas::emulator
