#include "workloads/agent/function_runtime.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "workloads/agent/function_event.h"
#include "workloads/agent/http_connection.h"
#include "workloads/agent/job.h"
#include "workloads/agent/json_line.h"
#include "workloads/agent/program.h"
#include "workloads/wire/base64.h"
#include "workloads/wire/function_event.h"

namespace strata::agent {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
/// What an answer needs to be on its way before the platform's deadline.
constexpr std::uint64_t kAnswerTime = 50 * kMillisecond;
constexpr int kFailed = 1;
constexpr int kTooLarge = 413;

/// An error as the Runtime API wants it.
struct Fault {
  std::string_view type;  ///< "Category.Reason"
  std::string message;
};

std::string variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// Makes `folder` and those it is in, as far as they are missing. False: errno says why.
bool make_folders(const std::string& folder) {
  for (std::size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    const auto part = folder.substr(0, end);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (end == std::string::npos) return true;
  }
}

/// What an invocation may still take by the platform's clock, which is ours too; 0 if that is not
/// known.
std::uint64_t time_left_ns(std::string_view deadline_ms) {
  std::uint64_t deadline = 0;
  const auto* const end = deadline_ms.data() + deadline_ms.size();
  const auto [stopped, error] = std::from_chars(deadline_ms.data(), end, deadline);
  constexpr std::uint64_t kLatest = 1ULL << 43U;  // so that nanoseconds fit
  if (error != std::errc() || stopped != end || deadline > kLatest) return 0;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const auto now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000 * kMillisecond +
                      static_cast<std::uint64_t>(now.tv_nsec);
  return deadline * kMillisecond > now_ns ? deadline * kMillisecond - now_ns : 0;
}

void sleep_for(std::uint64_t milliseconds) {
  timespec left{static_cast<time_t>(milliseconds / 1000),
                static_cast<long>(milliseconds % 1000 * kMillisecond)};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

class FunctionRuntime {
 public:
  FunctionRuntime(std::string api, const std::string& hello)
      : connection_(std::move(api)), hello_(hello) {}

  int run() {
    if (const auto fault = prepare(); !fault.message.empty()) {
      report(kApi + "/runtime/init/error", fault);
      return complain("initialise: " + fault.message);
    }
    for (;;) {
      HttpResponse event;
      if (!connection_.ask("GET", kApi + "/runtime/invocation/next", kAgent, {}, event)) {
        return complain("ask for an event: " + connection_.fault());
      }
      const auto id = event.header("lambda-runtime-aws-request-id");
      if (!event.is_success() || id.empty()) {
        return complain("ask for an event: it was answered with code " +
                        std::to_string(event.code()) + (id.empty() ? " and no request's id" : ""));
      }
      ++invocation_;
      if (!serve(event, kApi + "/runtime/invocation/" + std::string(id))) return kFailed;
    }
  }

 private:
  using Header = HttpConnection::Header;

  inline static const std::string kApi = "/2018-06-01";
  static constexpr std::array<Header, 1> kAgent{{{"User-Agent", "strata-agent/" STRATA_VERSION}}};

  static int complain(const std::string& text) {
    const auto line = "strata-agent could not " + text + "\n";
    // Nobody else can be told if that fails too.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    return kFailed;
  }

  Fault prepare() {
    surroundings_.root = variable("LAMBDA_TASK_ROOT", "/var/task");
    surroundings_.scratch = variable("STRATA_SCRATCH", "/tmp");
    surroundings_.run_id = variable("STRATA_RUN_ID", "");
    if (!make_folders(surroundings_.scratch) ||
        ::access(surroundings_.scratch.c_str(), W_OK | X_OK) != 0) {
      return {"Runtime.NoScratchFolder",
              "write to " + surroundings_.scratch + ": " + std::strerror(errno)};
    }
    prepare_to_run_programs();
    return {};
  }

  /// Does what the event says and answers. False: the platform takes no answers any more.
  bool serve(const HttpResponse& event, const std::string& invocation) {
    std::string answer;
    const auto fault = answer_to(event, answer);
    if (!fault.message.empty()) return report(invocation + "/error", fault);

    static constexpr std::array<Header, 2> kHeaders{
        {kAgent.front(), {"Content-Type", "application/json"}}};
    HttpResponse taken;
    if (!connection_.ask("POST", invocation + "/response", kHeaders, answer, taken)) {
      complain("answer an invocation: " + connection_.fault());
      return false;
    }
    if (taken.code() == kTooLarge) {
      return report(invocation + "/error", {"Function.ResponseSizeTooLarge",
                                            "the answer of " + std::to_string(answer.size()) +
                                                " bytes is more than the platform takes"});
    }
    return is_taken(taken, "answer an invocation");
  }

  Fault answer_to(const HttpResponse& event, std::string& answer) {
    const auto asked = read_function_event(event.body());
    switch (asked.kind) {
      case FunctionEvent::Kind::kEcho:
        answer = event.body();
        return {};
      case FunctionEvent::Kind::kHello:
        answer = count() + "," + hello_.substr(1);
        return {};
      case FunctionEvent::Kind::kWait:
        sleep_for(asked.milliseconds);
        answer = count() + "}";
        return {};
      case FunctionEvent::Kind::kUnreadable:
        return {"Function.UnreadableEvent", std::string(asked.fault)};
      case FunctionEvent::Kind::kJob:
        break;
    }
    Job job;
    if (!parse_job(std::as_bytes(std::span(asked.fields)), surroundings_, job)) {
      return {"Function.UnreadableEvent", "the job's fields can't be read"};
    }
    answer = run(job, time_left_ns(event.header("lambda-runtime-deadline-ms")));
    return {};
  }

  std::string run(Job& job, std::uint64_t left_ns) const {
    if (left_ns > 0) {
      const auto for_job = left_ns - std::min(kAnswerTime, left_ns / 2);
      job.time_limit_ns = std::min(job.time_limit_ns, for_job);
    }
    job.output_limit = std::min<std::uint64_t>(job.output_limit, wire::kMostFunctionOutput);
    auto ending = run_program(job, nullptr);
    if (ending.output.size() + ending.error_output.size() > wire::kMostFunctionOutput) {
      // What went wrong stands in the error output, at its end or not: that may stay whole.
      ending.output.resize(wire::kMostFunctionOutput - ending.error_output.size());
      ending.truncated = true;
    }
    std::string answer = count();
    const auto add_name = [&](std::string_view name) {
      answer += ",\"";
      answer += name;
      answer += "\":";
    };
    add_name(wire::kAnswerSample);
    answer += sample_line(ending);
    for (const auto& [name, text] : {std::pair(wire::kAnswerOutput, &ending.output),
                                     std::pair(wire::kAnswerErrorOutput, &ending.error_output)}) {
      add_name(name);
      answer += '"';
      wire::append_base64(answer, *text);
      answer += '"';
    }
    return answer + "}";
  }

  /// Tells the platform what went wrong. False: it takes nothing any more.
  bool report(const std::string& path, const Fault& fault) {
    JsonLine line;
    line.text("errorMessage", fault.message);
    line.text("errorType", fault.type);
    const std::array<Header, 3> headers{{kAgent.front(),
                                         {"Content-Type", "application/json"},
                                         {"Lambda-Runtime-Function-Error-Type", fault.type}}};
    HttpResponse taken;
    if (!connection_.ask("POST", path, headers, line.finish(), taken)) {
      complain("report \"" + fault.message + "\": " + connection_.fault());
      return false;
    }
    return is_taken(taken, "report \"" + fault.message + "\"");
  }

  /// What the platform refuses (400: it was too late, say) goes into the log. False: it has failed
  /// (500), after which a runtime has to end.
  static bool is_taken(const HttpResponse& taken, const std::string& tried) {
    constexpr int kPlatformFailed = 500;
    if (taken.is_success()) return true;
    complain(tried + ": it was answered with code " + std::to_string(taken.code()) + " and " +
             taken.body().substr(0, 200));
    return taken.code() < kPlatformFailed;
  }

  /// {"invocation":3
  [[nodiscard]] std::string count() const {
    JsonLine line;
    line.number(wire::kAnswerInvocation, invocation_);
    auto text = line.finish();
    text.pop_back();
    return text;
  }

  HttpConnection connection_;
  const std::string& hello_;
  Surroundings surroundings_;
  std::uint64_t invocation_ = 0;
};

}  // namespace

int serve_function(std::string api, const std::string& hello) {
  return FunctionRuntime(std::move(api), hello).run();
}

}  // namespace strata::agent
