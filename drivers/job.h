#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/trial.h"

namespace strata::drivers {

/// A program to run inside an instance.
struct Job {
  /// Arguments, values of the environment and the working directory that begin with "bundle:/" are
  /// paths inside the bundle: the agent puts in where an instance has it.
  /// argv[0] is a path inside the bundle ("strata/bin/NAME", found below the instance's root) or
  /// absolute.
  std::vector<std::string> argv;
  /// The program's whole environment beside what the agent sets (PATH, HOME, LD_LIBRARY_PATH,
  /// STRATA_RUN_ID, STRATA_SCRATCH, TMPDIR); an entry here wins over the agent's.
  std::map<std::string, std::string> environment;
  std::string working_directory;    ///< inside the instance; empty: the scratch directory
  std::string stdin_bytes;          ///< what the program reads; end of file follows
  std::vector<std::uint32_t> cpus;  ///< CPUs it may use; empty: all the instance may
  Duration time_limit =
      std::chrono::minutes(10);  ///< the agent kills it and all it started after that
  Bytes output_limit =
      mebibytes(16);  ///< of stdout and stderr each; the rest is read and thrown away
  /// Takes stdout and stderr piece by piece while the program runs, instead of the outcome, and
  /// without a limit; a program waits while it is busy. Called by run(), in its thread.
  std::function<void(std::string_view piece)> on_output;
};

/// How a job ended and what it used. Times and memory are the program's and its descendants' that
/// it waited for (wait4), measured by the agent on the instance's own clock.
struct Outcome {
  bool exited = false;  ///< true: exit_code holds; false: it was ended by `signal`
  int exit_code = 0;
  int signal = 0;
  bool timed_out = false;  ///< killed by the agent at its time limit
  bool out_of_memory =
      false;                 ///< `signal` came from the kernel, for want of memory in the instance
  std::string output;        ///< stdout, up to the limit
  std::string error_output;  ///< stderr, up to the limit
  bool truncated = false;    ///< more was printed than the limit
  std::uint32_t processes_left =
      0;  ///< descendants alive after the program's end; the agent killed them
  Duration wall{};
  Duration user{};
  Duration system{};
  Bytes peak_memory;   ///< the largest resident set
  std::string sample;  ///< the JSON line as it came
  /// What was seen of the job from outside, and what the platform says of it: beside the figures
  /// above, never instead. Only function platforms have it.
  std::vector<Metric> reported;

  [[nodiscard]] bool succeeded() const {
    return exited && exit_code == 0 && !timed_out && processes_left == 0;
  }
};

}  // namespace strata::drivers
