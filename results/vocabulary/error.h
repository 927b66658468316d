#pragma once

#include <stdexcept>
#include <string>

namespace strata {

/// Why something did not work, in the three parts every error of Strata has.
/// A value: it is stored in a failed trial and printed to the user as it is.
struct Failure {
  std::string tried;    ///< what was tried, on what: "start container strata-1f2e"
  std::string said;     ///< what the system answered: "404: No such image"
  std::string do_next;  ///< what the reader can do about it; may be empty

  bool operator==(const Failure&) const = default;
};

/// "tried: said; do_next" on one line, without the parts that are empty.
std::string to_string(const Failure& failure);

/// The root of all exceptions of Strata. Thrown where the reason is known; caught once per trial by
/// the runner (the trial fails, the run goes on) and once in main (exit code 1).
class Error : public std::runtime_error {
 public:
  explicit Error(Failure failure);
  Error(std::string tried, std::string said, std::string do_next = {});

  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

/// The caller's words were wrong (a flag, a file, a name): main exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A deadline passed before the thing tried was done.
class DeadlineExceeded : public Error {
 public:
  using Error::Error;
};

/// An Error for a system call that failed: said = strerror(error_number).
Error system_error(std::string tried, int error_number, std::string do_next = {});

}  // namespace strata
