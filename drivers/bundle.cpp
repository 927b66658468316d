#include "drivers/bundle.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <system_error>

#include "drivers/elf_file.h"
#include "drivers/file_digest.h"
#include "drivers/library_search.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrograms = "strata/bin/";
constexpr std::string_view kLibraries = "strata/lib/";

/// A program, or the interpreter and the script it runs.
struct Command {
  fs::path program;                ///< the ELF file that is executed
  std::vector<std::string> words;  ///< after it: an interpreter's options
  fs::path script;                 ///< empty: there is none
};

void require_executable(const fs::path& path) {
  const auto tried = fmt::format("use program {}", path.string());
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) throw UsageError(tried, "there is no such file", "check the path");
  if (fs::is_directory(status))
    throw UsageError(tried, "it is a directory", "name the program in it");
  if (!fs::is_regular_file(status)) throw UsageError(tried, "it is not a regular file");
  if (::access(path.c_str(), X_OK) != 0) {
    throw UsageError(tried, "it is not executable", fmt::format("chmod +x {}", path.string()));
  }
}

/// Follows a #! line, as the kernel does; "/usr/bin/env NAME" is looked up here, since the instance
/// has no env.
Command command_of(const fs::path& program) {
  require_executable(program);
  constexpr std::size_t kLine = 256;
  const auto bytes = read_file(program, kLine);
  if (looks_like_elf(bytes)) return {program, {}, {}};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("#!")) {
    throw UsageError(fmt::format("use program {}", program.string()),
                     "it is neither an ELF executable nor a script with a #! line");
  }
  std::istringstream line{std::string(text.substr(2, text.find('\n') - 2))};
  std::vector<std::string> words{std::istream_iterator<std::string>(line), {}};
  if (!words.empty() && fs::path(words[0]).filename() == "env") {
    words.erase(words.begin());
    if (!words.empty() && words[0] == "-S") words.erase(words.begin());
  }
  if (words.empty()) {
    throw UsageError(fmt::format("use script {}", program.string()),
                     "its #! line names no interpreter");
  }
  const auto interpreter = find_program(words[0]);
  require_executable(interpreter);
  if (!looks_like_elf(read_file(interpreter, kLine))) {
    throw UsageError(fmt::format("use script {}", program.string()),
                     fmt::format("its interpreter {} is a script itself", interpreter.string()));
  }
  return {interpreter, {words.begin() + 1, words.end()}, program};
}

void require_own_machine(const ElfFile& elf, const fs::path& path) {
  if (elf.machine == own_machine()) return;
  throw UsageError(fmt::format("use program {}", path.string()),
                   fmt::format("it is for {}, this host is {}", machine_name(elf.machine),
                               machine_name(own_machine())),
                   "build it for this machine type");
}

/// Gathers files, each at one place.
class Gatherer {
 public:
  void add(std::string path, const fs::path& source, bool executable) {
    if (!places_.insert(path).second) return;
    bundle.files.push_back({std::move(path), source, executable, file_sha256(source)});
  }
  Bundle bundle;

 private:
  std::set<std::string> places_;
};

}  // namespace

fs::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  throw UsageError(fmt::format("find program {}", name), "no folder of PATH has it",
                   fmt::format("write ./{} if it is in this folder", name));
}

Bundle make_bundle(const BundleRequest& request) {
  const auto command = command_of(request.program);
  const auto elf = read_elf(command.program);
  require_own_machine(elf, command.program);
  if (!elf.is_executable) {
    throw UsageError(fmt::format("use program {}", command.program.string()),
                     "it is an ELF file that can't be executed",
                     "name a program, not a library or object");
  }
  Gatherer gather;
  gather.add("strata/agent", request.agent, true);
  const auto program = std::string(kPrograms) + command.program.filename().string();
  gather.add(program, command.program, true);
  gather.bundle.command = {std::string(wire::kInBundle) + program};
  gather.bundle.command.insert(gather.bundle.command.end(), command.words.begin(),
                               command.words.end());
  if (!command.script.empty()) {
    const auto script = std::string(kPrograms) + command.script.filename().string();
    gather.add(script, command.script, true);
    gather.bundle.command.push_back(std::string(wire::kInBundle) + script);
  }
  std::vector<fs::path> roots{command.program};
  for (const auto& file : request.with) {
    const auto bytes = read_file(file, 4);
    gather.add(std::string(kLibraries) + file.filename().string(), file, true);
    if (!looks_like_elf(bytes)) continue;
    require_own_machine(read_elf(file), file);
    roots.push_back(file);
  }
  if (!elf.interpreter.empty()) {
    const fs::path loader(elf.interpreter);
    if (!loader.is_absolute() || loader.lexically_normal() != loader) {
      throw UsageError(fmt::format("use program {}", command.program.string()),
                       fmt::format("its loader \"{}\" is no plain absolute path", elf.interpreter));
    }
    gather.add(loader.relative_path().string(), loader, true);
  }
  for (const auto& [name, path] : find_libraries(roots, host_search_places(elf.machine))) {
    gather.add(std::string(kLibraries) + fs::path(name).filename().string(), path, true);
  }

  auto& bundle = gather.bundle;
  std::sort(bundle.files.begin(), bundle.files.end(),
            [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; });
  Sha256 digest;
  for (const auto& file : bundle.files) {
    digest.add(fmt::format("{}\n{}\n{}\n", file.path, file.executable, file.sha256));
  }
  bundle.digest = digest.finish();
  bundle.program_digest = file_sha256(command.script.empty() ? command.program : command.script);
  return std::move(bundle);
}

}  // namespace strata::drivers
