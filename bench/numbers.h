#pragma once

#include "results/numbers.h"

namespace strata::bench {

using results::format_quantity;
using results::format_significant;
using results::scale_for;

}  // namespace strata::bench
