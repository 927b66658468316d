#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "drivers/bundle.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas {

/// A bundle as the zip that a function platform takes: its files as they are, but the agent as
/// `bootstrap`, which is what a platform starts. Deflated, with modes, of one and the same time:
/// the same bundle gives the same bytes. Throws UsageError if a file is no longer what the bundle
/// was made of, or if it is more than a platform takes unpacked (250 MiB); DeadlineExceeded.
std::string make_function_zip(const Bundle& bundle, Deadline deadline);

/// The program's dynamic loader in the bundle: a function's file system may have none, or another.
/// "lib64/ld-linux-x86-64.so.2"; empty for a static program.
std::string loader_in(const Bundle& bundle);

/// The zip in the cache, made if it is not there. `run_id` names what is being made. Throws as
/// make_function_zip does, and Error.
std::filesystem::path provide_function_zip(const Bundle& bundle, const std::filesystem::path& cache,
                                           std::string_view run_id, Deadline deadline);

}  // namespace strata::drivers::faas
