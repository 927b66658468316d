#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/faas/platform.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas {

struct HttpRequest {
  std::string method;
  std::string path;                  ///< "/2015-03-31/functions"
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
};

/// What came back; or why nothing did.
struct HttpAnswer {
  long status = 0;                                           ///< 0: see `failure`
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  Failure failure;         ///< set if nothing came
  bool timed_out = false;  ///< which was for its limit
  TimePoint sent;          ///< when the request was given to the socket's queue
  TimePoint answered;      ///< when the last byte was here

  /// The first of that name (in lower case); empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Any number of requests to one platform at a time, on kept connections, through libcurl's multi
/// interface; signed (SigV4) if the platform has credentials. Used from one thread.
class HttpTransfers {
 public:
  using Id = std::uint64_t;
  struct Done {
    Id id = 0;
    HttpAnswer answer;
  };

  /// Connects when it is asked something. The clock must outlive it. Throws Error if libcurl can't
  /// be used.
  HttpTransfers(Platform platform, const Clock& clock);
  ~HttpTransfers();
  HttpTransfers(const HttpTransfers&) = delete;
  HttpTransfers& operator=(const HttpTransfers&) = delete;

  /// Sends a request without waiting. `id` must not be one that is under way. It fails after
  /// `limit`.
  void begin(Id id, HttpRequest request, Duration limit);
  /// Lets all proceed until at least one is done, or until that moment, to the microsecond; returns
  /// what is done.
  std::vector<Done> wait(TimePoint until);
  [[nodiscard]] std::size_t under_way() const;
  /// Gives one up; nothing happens if it is not under way.
  void abandon(Id id);
  void abandon_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::drivers::faas
