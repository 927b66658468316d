#include "drivers/faas/function_job.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "drivers/job_codec.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/base64.h"
#include "workloads/wire/function_event.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers::faas {
namespace {

/// In the order in which they came: a sample goes into the journal as it is.
using Json = nlohmann::ordered_json;

constexpr auto kNotTheAgent = "is the function's bootstrap a strata-agent of this build?";

Error no_answer(const std::string& tried, std::string_view payload) {
  return {tried, fmt::format("the function answered with something else: {}", printable(payload)),
          kNotTheAgent};
}

const Json* member(const Json& json, std::string_view name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

bool read_text(const Json& json, std::string_view name, std::string& text) {
  const auto* const value = member(json, name);
  return value != nullptr && value->is_string() &&
         wire::decode_base64(value->get_ref<const std::string&>(), text);
}

bool read_number(const Json& json, std::string_view name, std::uint64_t& number) {
  const auto* const value = member(json, name);
  if (value == nullptr || !value->is_number_unsigned()) return false;
  number = value->get<std::uint64_t>();
  return number > 0;
}

}  // namespace

std::string job_event(const Job& job, const std::string& loader) {
  auto sent = job;
  if (!loader.empty() && !sent.argv.empty() && sent.argv.front().starts_with(wire::kInBundle)) {
    sent.argv.insert(sent.argv.begin(), std::string(wire::kInBundle) + loader);
  }
  const auto fields = encode_job(sent);
  std::string event =
      fmt::format(R"({{"{}":"{}","{}":")", wire::kEventKey, wire::kEventJob, wire::kEventFields);
  wire::append_base64(event, {reinterpret_cast<const char*>(fields.data()), fields.size()});
  return event + "\"}";
}

JobAnswer read_job_answer(std::string_view payload, const Job& job) {
  const auto tried = fmt::format("run {}", printable(job.argv.front()));
  const auto json = Json::parse(payload, nullptr, false);
  const auto* const sample = member(json, wire::kAnswerSample);
  JobAnswer answer;
  if (sample == nullptr || !read_number(json, wire::kAnswerInvocation, answer.invocation) ||
      !read_text(json, wire::kAnswerOutput, answer.outcome.output) ||
      !read_text(json, wire::kAnswerErrorOutput, answer.outcome.error_output)) {
    throw no_answer(tried, payload);
  }
  for (const auto* const text : {&answer.outcome.output, &answer.outcome.error_output}) {
    if (text->size() > job.output_limit.count) {
      throw Error(tried, fmt::format("the agent sent more output than the {} bytes it may",
                                     job.output_limit.count));
    }
  }
  read_sample(sample->dump(-1, ' ', true, Json::error_handler_t::replace), job.argv.front(),
              answer.outcome);
  return answer;
}

std::uint64_t invocation_number(std::string_view payload, const std::string& tried) {
  std::uint64_t number = 0;
  if (!read_number(Json::parse(payload, nullptr, false), wire::kAnswerInvocation, number)) {
    throw no_answer(tried, payload);
  }
  return number;
}

}  // namespace strata::drivers::faas
