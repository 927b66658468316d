#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/faas/http_transfers.h"
#include "drivers/faas/platform.h"
#include "drivers/faas/report_line.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas {

/// A function as CreateFunction is told of it.
struct FunctionDefinition {
  std::string name;
  std::string zip;  ///< its code
  std::string role;
  std::string runtime = "provided.al2023";
  std::string handler = "bootstrap";
  std::string architecture;  ///< "x86_64" or "arm64"
  std::uint32_t memory_mb = 1769;
  std::uint32_t timeout_s = 900;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> tags;
};

/// How an invocation ended.
struct Invocation {
  enum class End : std::uint8_t {
    kGood,
    kThrottled,      ///< 429: the platform had no sandbox for it
    kFunctionError,  ///< the function failed, or was ended: see `payload` and `log`
    kFailed,         ///< see `failure`
  };
  End end = End::kFailed;
  std::string payload;  ///< what the function answered, or its error as JSON
  std::string log;      ///< the last 4 KiB of its log
  std::optional<Report> report;
  Failure failure;
  bool timed_out = false;  ///< nothing came before the deadline
  TimePoint sent;
  TimePoint answered;

  /// By the client's clock.
  [[nodiscard]] Duration took() const { return answered - sent; }
};

/// Speaks AWS Lambda's API (docs.aws.amazon.com/lambda/latest/api) to any platform that has it.
/// Used from one thread. What throws throws DeadlineExceeded, and Error if nothing answers or it
/// answers with an error, whose name and message are in the text.
class LambdaClient {
 public:
  /// Connects when it is asked something. The clock must outlive it.
  LambdaClient(Platform platform, const Clock& clock);

  /// Creates the function and waits until it can be invoked.
  void create(const FunctionDefinition& definition, Deadline deadline);
  /// False: there is none of that name.
  bool remove(const std::string& name, Deadline deadline);
  /// Waits until the platform knows no such function any more and, where it tells, has no sandbox
  /// of it left: what is measured next is not to run beside their end.
  void await_removal(const std::string& name, Deadline deadline);
  /// At most that many sandboxes at a time.
  void limit_concurrency(const std::string& name, std::uint32_t sandboxes, Deadline deadline);
  /// Publishes a version and waits until that many of its sandboxes are kept warm; returns the
  /// version.
  std::string provision(const std::string& name, std::uint32_t sandboxes, Deadline deadline);

  /// Invokes and waits for the answer. `qualifier`: a version; empty: the newest. Never throws for
  /// how it ended.
  Invocation invoke(const std::string& name, std::string payload, Deadline deadline,
                    const std::string& qualifier = {});

  /// The same without waiting, for any number at a time. `with_log`: with its REPORT line.
  void begin_invoke(HttpTransfers::Id id, const std::string& name, std::string payload,
                    Duration limit, bool with_log, const std::string& qualifier = {});
  struct Ended {
    HttpTransfers::Id id = 0;
    Invocation invocation;
  };
  /// Waits for at least one of those to end, or until that moment. Not together with the other
  /// calls.
  std::vector<Ended> wait(TimePoint until);
  [[nodiscard]] std::size_t under_way() const { return transfers_.under_way(); }
  void abandon_all() { transfers_.abandon_all(); }

  [[nodiscard]] const Platform& platform() const { return platform_; }

 private:
  HttpAnswer call(HttpRequest request, Deadline deadline);
  /// A call that is answered 2xx; else throws Error.
  nlohmann::json ask(const std::string& method, const std::string& path, const std::string& tried,
                     const nlohmann::json& body, Deadline deadline);
  /// Calls `is_done` again and again, with growing pauses, until it is true.
  template <typename IsDone>
  void await(const std::string& tried, Deadline deadline, IsDone is_done);

  Platform platform_;
  const Clock& clock_;
  HttpTransfers transfers_;
};

}  // namespace strata::drivers::faas
