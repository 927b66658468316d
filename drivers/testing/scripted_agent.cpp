#include "drivers/testing/scripted_agent.h"

#include <stdexcept>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers::testing {

using wire::FrameType;

std::string frame(FrameType type, std::string_view payload) {
  const auto head = wire::encode_header({static_cast<std::uint32_t>(payload.size()), type});
  return std::string(reinterpret_cast<const char*>(head.data()), head.size()).append(payload);
}

std::string good_sample() {
  return R"({"exit":0,"signal":0,"timed_out":false,"truncated":false,"processes_left":0,)"
         R"("wall_ns":5000000,"user_ns":3000000,"system_ns":1000000,"peak_memory_bytes":614400})";
}

void ScriptedAgent::say_hello() {
  say("S");
  say(frame(FrameType::kHello, R"({"protocol":1,"pid":7})"));
  answer_pings();
}

void ScriptedAgent::answer_pings() {
  on_frame = [this, next = std::move(on_frame)](FrameType type, const std::string& payload) {
    if (type == FrameType::kPing) {
      say(frame(FrameType::kPong, payload), std::chrono::microseconds(10));
    } else if (next) {
      next(type, payload);
    }
  };
}

void ScriptedAgent::write_all(std::span<const std::byte> bytes, Deadline /*deadline*/) {
  if (input_closed_) throw Error("write to the scripted agent", "Broken pipe");
  unread_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (unread_.size() >= wire::kHeaderSize) {
    wire::FrameHeader header;
    const auto head = std::as_bytes(std::span(unread_)).first<wire::kHeaderSize>();
    if (wire::decode_header(head, header) != wire::HeaderError::kNone) {
      throw std::logic_error("the host sent what is no frame");
    }
    const auto whole = wire::kHeaderSize + header.length;
    if (unread_.size() < whole) return;
    const auto payload = unread_.substr(wire::kHeaderSize, header.length);
    unread_.erase(0, whole);
    if (on_frame) on_frame(header.type, payload);
  }
}

}  // namespace strata::drivers::testing
