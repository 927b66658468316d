#pragma once

#include <string>
#include <vector>

#include "plots/run_view.h"
#include "plots/target_style.h"

namespace strata::plots {

/// What one kind of work costs on a target.
struct AnswerFigure {
  std::string label;    ///< "computing", "system calls", …
  std::string number;   ///< "1.10×", "same", "≈"
  std::string certain;  ///< "[1.09, 1.12]", "within 2 %"
  int heat = 0;         ///< see heat_of()
};

/// What a paradigm costs on this machine.
struct AnswerLine {
  Paradigm paradigm = Paradigm::kOther;
  const Target* target = nullptr;  ///< what stands for the paradigm; absent: it was not measured
  std::string startup;             ///< "159 ms"
  std::string startup_bounds;      ///< "[157, 161]"
  AnswerFigure times;              ///< the startup's ratio; of the baseline its label is empty
  std::vector<AnswerFigure> figures;
  std::vector<std::string>
      others;        ///< "docker-gvisor starts in 420 ms", other targets of the paradigm
  std::string note;  ///< why it was not measured, or what is wrong with it
};

/// The first screen: a line for each of process, container, virtual machine and function.
std::vector<AnswerLine> answer_of(const RunView& view);

/// How sure the figures are, in sentences: blocks, noise, failures, what disturbs this machine.
std::vector<std::string> certainty_of(const RunView& view);

/// Groups of workloads that have a line in the answer, in order: those of programs, not
/// experiments.
std::vector<std::string> told_groups(const RunView& view);

/// A word for a group of workloads: "os" is "system calls".
std::string group_title(const std::string& group);

}  // namespace strata::plots
