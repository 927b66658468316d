#pragma once

#include <string>

#include "results/advice/advice.h"
#include "results/advice/migration.h"

namespace strata::bench {

/// For a person: the recommendation, then what stands behind every number.
std::string advice_text(const results::Profile& profile, const results::Advice& advice,
                        bool colour);
/// For a pull request or a wiki.
std::string advice_markdown(const results::Profile& profile, const results::Advice& advice);
/// For a program; ends with a new line.
std::string advice_json(const results::Profile& profile, const results::Advice& advice);

/// The steps with what each is to cost.
std::string migration_text(const results::MigrationPlan& plan, bool colour);
std::string migration_json(const results::MigrationPlan& plan);

}  // namespace strata::bench
