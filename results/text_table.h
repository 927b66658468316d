#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "results/vocabulary/trial.h"

namespace strata::results {

/// Gives every text a number, from 0 in the order they come: a million trials name the same ten
/// workloads over and over.
class TextTable {
 public:
  std::size_t place_of(std::string_view text) {
    const auto found = places_.find(text);
    if (found != places_.end()) return found->second;
    texts_.emplace_back(text);
    places_.emplace(text, texts_.size() - 1);
    return texts_.size() - 1;
  }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
};

/// What a metric is, without its value.
struct MetricKind {
  std::string name;
  std::string unit;
  Better better = Better::kLower;

  [[nodiscard]] bool is_kind_of(std::string_view its_name, std::string_view its_unit,
                                Better its_better) const {
    return name == its_name && unit == its_unit && better == its_better;
  }
};

/// Gives every kind of metric a number, from 0 in the order they come. The metrics of a trial come
/// in the order of the trial before, so the number of the last one's successor is tried first.
class MetricTable {
 public:
  std::size_t place_of(std::string_view name, std::string_view unit, Better better) {
    const auto expected = last_ < next_.size() ? next_[last_] : std::size_t{0};
    if (expected >= kinds_.size() || !kinds_[expected].is_kind_of(name, unit, better)) {
      return last_ = searched(name, unit, better);
    }
    return last_ = expected;
  }
  [[nodiscard]] const std::vector<MetricKind>& kinds() const { return kinds_; }

 private:
  std::size_t searched(std::string_view name, std::string_view unit, Better better) {
    auto& places = by_name_[std::string(name)];
    std::size_t place = kinds_.size();
    for (const auto candidate : places) {
      if (kinds_[candidate].is_kind_of(name, unit, better)) place = candidate;
    }
    if (place == kinds_.size()) {
      kinds_.push_back({std::string(name), std::string(unit), better});
      places.push_back(place);
      next_.push_back(0);
    }
    if (last_ < next_.size()) next_[last_] = place;
    return place;
  }

  std::vector<MetricKind> kinds_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
  std::vector<std::size_t> next_;  ///< what came after each kind the last time
  std::size_t last_ = 0;
};

}  // namespace strata::results
