#include "workloads/agent/testing/agent_fuzz.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "workloads/agent/function_event.h"
#include "workloads/agent/http_response.h"

namespace strata::agent {
namespace {

using Status = HttpResponse::Status;

void require(bool holds) {
  if (!holds) std::abort();
}

HttpResponse read_in_pieces(std::string_view bytes, std::size_t piece, Status& status) {
  HttpResponse response;
  status = Status::kMore;
  while (!bytes.empty() && status == Status::kMore) {
    const auto size = std::min(piece, bytes.size());
    status = response.take(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  // The rest came too late to be seen, but it came.
  if (status == Status::kWhole && !bytes.empty()) status = response.take(bytes);
  if (status == Status::kMore) status = response.end();
  return response;
}

void parse_as_response(std::string_view bytes, std::size_t piece) {
  Status status{};
  const auto response = read_in_pieces(bytes, piece, status);
  require(status != Status::kMore);
  require((status == Status::kBroken) == !response.fault().empty());
  require(response.body().size() <= bytes.size());
  Status again{};
  const auto whole = read_in_pieces(bytes, bytes.size() + 1, again);
  require(again == status);
  if (status == Status::kBroken) return;
  require(response.code() >= 200 && response.code() <= 599);
  require(whole.code() == response.code() && whole.body() == response.body() &&
          whole.keeps_connection() == response.keeps_connection());
  const auto id = response.header("lambda-runtime-aws-request-id");
  require(id.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
}

void parse_as_event(std::string_view bytes) {
  const auto event = read_function_event(bytes);
  require((event.kind == FunctionEvent::Kind::kUnreadable) == !event.fault.empty());
  require(event.fields.size() <= bytes.size());
  if (event.kind == FunctionEvent::Kind::kJob) require(!event.fields.empty());
  if (event.kind != FunctionEvent::Kind::kEcho) {
    require(bytes.find("strata") != std::string_view::npos);
  }
}

}  // namespace
}  // namespace strata::agent

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    strata::agent::parse_as_event(bytes);
  } else {
    strata::agent::parse_as_response(bytes, data[0]);
  }
  return 0;
}
