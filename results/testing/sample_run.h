#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "results/journal.h"
#include "results/vocabulary/trial.h"

namespace strata::results::testing {

/// A header with something in every field.
RunHeader sample_header();

/// A trial with something in every field that a good one has.
Trial sample_trial(const std::string& workload, const std::string& target, std::uint32_t block);

/// A trial with anything in any field: all doubles, names with quotes, control characters and
/// letters of other scripts, stamps that are absent. Texts are UTF-8.
Trial any_trial(std::mt19937_64& random);

/// A trial as files give it back: stamps are counted from `requested`, numbers that are none are
/// absent.
Trial as_stored(Trial trial);
/// The same without its sample, which a result does not hold.
Trial as_in_result(Trial trial);

/// Field by field, for a test's failure to say which.
void expect_equal(const Trial& actual, const Trial& expected);
void expect_equal(const RunHeader& actual, const RunHeader& expected);

}  // namespace strata::results::testing
