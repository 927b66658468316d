#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/experiments/experiment.h"
#include "drivers/testing/fake_driver.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::bench::testing {

/// What an experiment needs for a trial, all of it fake and on a ManualClock: a host with 1000 MiB
/// of memory, 800 of them available, and a driver whose instances the test scripts.
class FakeStage {
 public:
  FakeStage() {
    definition.programs.emplace_back();
    definition.programs[0].kind = ProgramDefinition::Kind::kCommand;
    bundle.command = {"bundle:/strata/bin/agent"};
    room.memory = mebibytes(1000);
    room.available_memory = mebibytes(800);
  }

  /// One trial of an experiment with these parameters, the others at their defaults.
  Trial carry_out(const std::string& experiment, const ParameterLists& given) {
    const auto& entry = find_experiment(experiment);
    return carry_out_set(experiment, combine(entry.name, entry.parameters, given).at(0));
  }
  Trial carry_out_set(const std::string& experiment, const ParameterSet& set) {
    const auto& entry = find_experiment(experiment);
    workload.name = set.name;
    workload.parameters = set.values;
    workload.experiment = experiment;
    Trial trial;
    trial.workload = workload.name;
    trial.block = block;
    try {
      entry.carry_out({definition, workload, bundle, prepared,
                       [&](std::size_t hand) -> drivers::Driver& {
                         while (further_.size() < hand) further_.push_back(driver.further());
                         return hand == 0 ? driver : *further_[hand - 1];
                       },
                       clock, [&] { return on_look ? on_look() : room; },
                       [&](const std::string& text) { notes.push_back(text); }},
                      trial);
    } catch (const Error& error) {
      trial.failure = error.failure();
    }
    return trial;
  }

  ManualClock clock;
  drivers::testing::FakeDriver driver{clock};
  RunDefinition definition;
  WorkloadDefinition workload;
  drivers::Bundle bundle;
  drivers::Prepared prepared{"digest", "nowhere"};
  HostRoom room;
  std::function<HostRoom()> on_look;  ///< what the host has left; empty: `room`
  std::vector<std::string> notes;
  std::uint32_t block = 0;  ///< of the next trial

 private:
  std::vector<std::unique_ptr<drivers::Driver>> further_;
};

/// The value of a trial's metric; -1 if it has none.
inline double value_of(const Trial& trial, const std::string& metric) {
  const auto* const found = trial.metric(metric);
  return found == nullptr ? -1 : found->value;
}

}  // namespace strata::bench::testing
