#include "drivers/kvm/accelerator_choice.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// The value of a line "name : value" of /proc/cpuinfo; empty if there is none.
std::string cpu_field(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string::npos) continue;
    return colon + 2 <= line.size() ? line.substr(colon + 2) : std::string();
  }
  return {};
}

AcceleratorChoice find_out(const AcceleratorTrials& trials, const LoopRates& rates) {
  const auto verdict = judge(rates);
  const auto text = describe(verdict, rates);
  if (verdict != KvmVerdict::kHardware) return {Accelerator::kTcg, text};
  try {
    trials.boot_canary();
  } catch (const Error& error) {
    return {Accelerator::kTcg,
            fmt::format("{}; but a guest did not start: {}", text, to_string(error.failure()))};
  }
  return {Accelerator::kKvm, text + "; a guest has started"};
}

std::optional<AcceleratorChoice> remembered(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string known_key;
  std::string name;
  AcceleratorChoice choice;
  if (!std::getline(file, known_key) || known_key != key || !std::getline(file, name) ||
      !std::getline(file, choice.why)) {
    return std::nullopt;
  }
  if (name != "kvm" && name != "tcg") return std::nullopt;
  choice.accelerator = name == "kvm" ? Accelerator::kKvm : Accelerator::kTcg;
  return choice;
}

void remember(const fs::path& path, const std::string& key, const AcceleratorChoice& choice) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const auto temporary = fmt::format("{}.new-{}", path.string(), ::getpid());
  std::ofstream(temporary) << key << '\n'
                           << (choice.accelerator == Accelerator::kKvm ? "kvm" : "tcg") << '\n'
                           << choice.why << '\n';
  // What can't be remembered is found out again.
  fs::rename(temporary, path, error);
}

}  // namespace

AcceleratorChoice choose_accelerator(const fs::path& file, const std::string& key,
                                     const AcceleratorTrials& trials) {
  if (auto known = remembered(file, key)) return *std::move(known);
  LoopRates rates;
  try {
    rates = trials.run_loops();
  } catch (const Error& error) {
    // Not to be remembered: somebody may give us the right to use it.
    return {Accelerator::kTcg, to_string(error.failure())};
  }
  auto choice = find_out(trials, rates);
  remember(file, key, choice);
  return choice;
}

std::string host_key() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} microcode {} cpu {}", name.release, name.version,
                     cpu_field("microcode"), cpu_field("model name"));
}

std::string accelerator_fact(Accelerator accelerator) {
  if (accelerator == Accelerator::kTcg) return "tcg";
  return (" " + cpu_field("flags") + " ").find(" hypervisor ") != std::string::npos ? "nested-kvm"
                                                                                    : "kvm";
}

}  // namespace strata::drivers
