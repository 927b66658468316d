#include "drivers/kvm/qmp_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <utility>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestLine = 1UL << 20U;
constexpr std::size_t kMostEvents = 256;

/// The text of a member of an object; empty if there is none.
std::string text_of(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Json QmpClient::next(Deadline deadline, const std::string& tried) {
  for (;;) {
    if (const auto end = received_.find('\n'); end != std::string::npos) {
      const auto line = received_.substr(0, end);
      received_.erase(0, end + 1);
      auto json = Json::parse(line, nullptr, false);
      if (!json.is_object()) {
        throw Error(tried, fmt::format("QEMU said what is no QMP: {}", printable(line)));
      }
      return json;
    }
    if (received_.size() > kLongestLine) {
      throw Error(tried, "QEMU said a line of more than 1 MiB");
    }
    std::array<std::byte, 4096> buffer;
    std::size_t count = 0;
    try {
      count = stream_.read_some(buffer, deadline);
    } catch (const DeadlineExceeded&) {
      throw DeadlineExceeded(tried, "QEMU did not answer before the deadline");
    }
    if (count == 0) throw Error(tried, "QEMU has closed its monitor");
    // One that talks without end must not keep us for ever.
    if (deadline.expired())
      throw DeadlineExceeded(tried, "QEMU did not answer before the deadline");
    received_.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

void QmpClient::keep_event(const Json& event) {
  if (events_.size() == kMostEvents) events_.pop_front();
  QmpEvent kept{text_of(event, "event"), {}};
  if (const auto data = event.find("data"); data != event.end()) {
    kept.reason = text_of(*data, "reason");
    if (kept.reason.empty()) kept.reason = text_of(*data, "status");
  }
  events_.push_back(std::move(kept));
}

TimePoint QmpClient::greet(Deadline deadline) {
  const auto greeting = next(deadline, "wait for QEMU's greeting");
  const auto at = stream_.arrival();
  if (!greeting.contains("QMP")) {
    throw Error(
        "wait for QEMU's greeting",
        fmt::format("something else came: {}",
                    printable(greeting.dump(-1, ' ', true, Json::error_handler_t::replace))));
  }
  execute("qmp_capabilities", Json::object(), deadline);
  return at;
}

Json QmpClient::execute(const std::string& command, const Json& arguments, Deadline deadline) {
  const auto tried = fmt::format("have QEMU carry out {}", command);
  const int number = ++number_;
  Json request{{"execute", command}, {"id", number}};
  if (!arguments.empty()) request["arguments"] = arguments;
  const auto line = request.dump() + "\n";
  stream_.write_all(std::as_bytes(std::span(line)), deadline);
  for (;;) {
    auto answer = next(deadline, tried);
    if (answer.contains("event")) {
      keep_event(answer);
      continue;
    }
    if (answer.value("id", Json()) != number) continue;  // to a call that was given up
    if (const auto error = answer.find("error"); error != answer.end()) {
      throw Error(tried, fmt::format("QEMU says: {}", printable(text_of(*error, "desc"))));
    }
    const auto result = answer.find("return");
    if (result == answer.end()) throw Error(tried, "QEMU's answer says nothing");
    return std::move(*result);
  }
}

std::vector<QmpEvent> QmpClient::take_events(Deadline deadline, bool until_end) {
  const auto limit = until_end ? deadline : deadline.at_most(std::chrono::milliseconds(1));
  try {
    for (;;) {
      const auto message = next(limit, "read QEMU's events");
      if (message.contains("event")) keep_event(message);
    }
  } catch (const std::exception&) {
    // All that will come has come.
  }
  std::vector<QmpEvent> taken(std::make_move_iterator(events_.begin()),
                              std::make_move_iterator(events_.end()));
  events_.clear();
  return taken;
}

std::string describe_end(const std::vector<QmpEvent>& events) {
  std::string text;
  for (const auto& event : events) {
    if (event.name == "GUEST_PANICKED" || event.reason == "guest-panic") {
      return "the guest's kernel panicked";
    }
    if (event.name != "SHUTDOWN") continue;
    if (event.reason == "guest-reset") text = "the guest reset itself";
    if (event.reason == "guest-shutdown") text = "the guest shut down";
    if (event.reason == "host-signal") text = "a signal ended QEMU";
  }
  return text;
}

std::string describe_disk_error(const std::vector<QmpEvent>& events) {
  const auto found = std::find_if(events.begin(), events.end(), [](const QmpEvent& event) {
    return event.name == "BLOCK_IO_ERROR";
  });
  if (found == events.end()) return {};
  return found->reason.empty() ? "an error of a disk" : printable(found->reason);
}

std::optional<std::uint16_t> forwarded_port_in(const std::string& text, std::uint16_t guest_port) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // "  TCP[HOST_FORWARD]  12  127.0.0.1  40123  10.0.2.15  7411  0  0"
    std::istringstream words(line);
    std::string protocol;
    std::string descriptor;
    std::string address;
    std::string inside;
    unsigned port = 0;
    unsigned port_inside = 0;
    if (words >> protocol >> descriptor >> address >> port >> inside >> port_inside &&
        protocol == "TCP[HOST_FORWARD]" && port_inside == guest_port && port > 0 &&
        port <= std::numeric_limits<std::uint16_t>::max()) {
      return static_cast<std::uint16_t>(port);
    }
  }
  return std::nullopt;
}

}  // namespace strata::drivers
