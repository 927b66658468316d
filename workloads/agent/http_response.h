#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::agent {

/// One answer of an HTTP/1.1 server (RFC 9112), put together from the pieces in which it comes. It
/// is outside data: what is not an answer, or larger than one may be, is refused with a reason.
/// Without exceptions.
class HttpResponse {
 public:
  enum class Status {
    kMore,    ///< it is not whole yet
    kWhole,   ///< it is all there
    kBroken,  ///< it is none; see fault()
  };
  static constexpr std::size_t kMostHead = 32UL * 1024;
  static constexpr std::size_t kMostBody = 8UL << 20U;

  /// Takes what came next. What follows a whole answer breaks it: nothing more was asked for.
  Status take(std::string_view bytes);
  /// The server has closed the connection. kMore can't be any more.
  Status end();

  /// Whether anything has come at all.
  [[nodiscard]] bool has_begun() const { return begun_; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] bool is_success() const { return code_ >= 200 && code_ < 300; }
  /// The value of a header, by its name in lower case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] const std::string& body() const { return body_; }
  /// Whether the connection may serve another request.
  [[nodiscard]] bool keeps_connection() const { return keeps_connection_; }
  [[nodiscard]] std::string_view fault() const { return fault_; }

 private:
  enum class Part {
    kHead,
    kSized,
    kToTheEnd,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailer,
    kDone,
    kBad
  };

  Status status() const;
  Status broken(std::string_view fault);
  /// Interprets the next head. False: it is not whole yet, or broken.
  bool take_head();
  bool read_head(std::string_view head);
  bool add_header(std::string_view line);
  void read_framing();
  bool take_body_part();
  /// The next line without its CRLF, if it is whole.
  std::optional<std::string_view> take_line();
  /// Moves up to `size` bytes of what came to the body.
  void move_to_body(std::uint64_t size);

  Part part_ = Part::kHead;
  bool begun_ = false;
  bool keeps_connection_ = true;
  int code_ = 0;
  std::uint64_t left_ = 0;  ///< of the body, or of the chunk
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
  std::string came_;      ///< what has not been interpreted yet
  std::size_t used_ = 0;  ///< of it
  std::string_view fault_;
};

}  // namespace strata::agent
