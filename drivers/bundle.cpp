#include "drivers/bundle.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>

#include "drivers/elf_file.h"
#include "drivers/file_bytes.h"
#include "drivers/file_digest.h"
#include "drivers/library_search.h"
#include "drivers/script.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr auto kAgent = "strata/agent";
constexpr std::string_view kPrograms = "strata/bin/";
constexpr std::string_view kInterpreters = "strata/interpreter/";
constexpr std::string_view kLibraries = "strata/lib/";

std::string file_name(const fs::path& path) { return path.filename().string(); }

void require_executable(const fs::path& path) {
  const auto tried = fmt::format("use program {}", path.string());
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw UsageError(tried, "there is no such file", "check the path");
  }
  if (error) throw UsageError(tried, error.message(), "check the path and its permissions");
  if (fs::is_directory(status)) {
    throw UsageError(tried, "it is a directory", "name the program in it");
  }
  if (!fs::is_regular_file(status)) throw UsageError(tried, "it is not a regular file");
  if (::access(path.c_str(), X_OK) != 0) {
    throw UsageError(tried, "it is not executable", fmt::format("chmod +x {}", path.string()));
  }
}

/// The ELF program at `path`, made sure that the machine it is for can run it.
ElfFile read_program(const fs::path& path, std::uint16_t machine) {
  require_executable(path);
  const auto tried = fmt::format("use program {}", path.string());
  auto elf = read_elf(path);
  if (elf.machine != machine) {
    throw UsageError(tried,
                     fmt::format("it is for {}, {} {}", machine_name(elf.machine),
                                 machine == own_machine() ? "this host is" : "the agent for",
                                 machine_name(machine)),
                     "build it for this machine type");
  }
  if (!elf.is_executable) {
    throw UsageError(tried, "it is an ELF file that can't be executed",
                     "name a program, not a library or object");
  }
  return elf;
}

std::optional<Interpreter> interpreter_of(const fs::path& program) {
  require_executable(program);
  const auto bytes = read_beginning(program, kScriptLineLimit);
  if (looks_like_elf(bytes)) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto interpreter = parse_script_line(text, program.string());
  if (interpreter) return interpreter;
  throw UsageError(fmt::format("use program {}", program.string()),
                   bytes.empty() ? "it is empty"
                                 : "it is neither an ELF executable nor a script with a #! line");
}

/// Gathers files, each at one place.
class Gatherer {
 public:
  void add(std::string path, const fs::path& source, bool executable) {
    const auto [place, is_new] = places_.emplace(path, source);
    if (!is_new) {
      std::error_code error;
      if (fs::equivalent(place->second, source, error)) return;
      throw UsageError(fmt::format("put {} into the bundle", source.string()),
                       fmt::format("{} is in its place already", place->second.string()),
                       "give one of them another name");
    }
    const Bytes size{FileBytes(source).size()};
    bundle_.files.push_back(
        {std::move(path), source, executable, remembered_file_sha256(source), size});
  }

  Bundle finish() {
    auto& files = bundle_.files;
    std::sort(files.begin(), files.end(),
              [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; });
    Sha256 digest;
    for (const auto& file : files) {
      digest.add(fmt::format("{}\n{}\n{}\n", file.path, file.executable, file.sha256));
    }
    bundle_.digest = digest.finish();
    return std::move(bundle_);
  }

 private:
  Bundle bundle_;
  std::map<std::string, fs::path> places_;
};

void add_agent(const fs::path& agent, Gatherer& gather) {
  std::error_code error;
  if (!fs::is_regular_file(agent, error)) {
    throw UsageError("find strata-agent", fmt::format("{} is not there", agent.string()),
                     "build it: it belongs beside the strata command");
  }
  gather.add(kAgent, agent, true);
}

void add_loader(const ElfFile& elf, const fs::path& program, Gatherer& gather) {
  const auto tried = fmt::format("use program {}", program.string());
  const fs::path loader(elf.interpreter);
  if (!loader.is_absolute() || loader.lexically_normal() != loader) {
    throw UsageError(tried,
                     fmt::format("its loader \"{}\" is no plain absolute path", elf.interpreter));
  }
  std::error_code error;
  if (!fs::is_regular_file(loader, error)) {
    throw UsageError(tried, fmt::format("its loader {} is not there", elf.interpreter),
                     "it was built for another system: install that one's C library, or link it "
                     "statically");
  }
  gather.add(loader.relative_path().string(), loader, true);
}

/// The files the user added, and what names they answer to.
std::map<std::string, fs::path> add_given(const BundleRequest& request,
                                          std::vector<fs::path>& libraries, Gatherer& gather) {
  std::map<std::string, fs::path> given;
  for (const auto& file : request.with) {
    gather.add(std::string(kLibraries) + file_name(file), file, true);
    if (!looks_like_elf(read_beginning(file, 4))) continue;
    const auto elf = read_elf(file);
    if (elf.machine != own_machine()) {
      throw UsageError(fmt::format("add {}", file.string()),
                       fmt::format("it is for {}, this host is {}", machine_name(elf.machine),
                                   machine_name(own_machine())),
                       "build it for this machine type");
    }
    libraries.push_back(file);
    given.emplace(file_name(file), file);
    if (!elf.soname.empty()) given.emplace(elf.soname, file);
  }
  return given;
}

void add_libraries(const ElfFile& elf, const fs::path& program, const BundleRequest& request,
                   Gatherer& gather) {
  std::vector<fs::path> libraries;
  auto places = host_search_places(elf.machine, elf.interpreter);
  places.given = add_given(request, libraries, gather);
  for (const auto& [name, path] : find_libraries(program, libraries, places)) {
    const bool is_path = name.find('/') != std::string::npos;
    gather.add(
        is_path ? path.lexically_normal().relative_path().string() : std::string(kLibraries) + name,
        path, true);
  }
}

}  // namespace

fs::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto candidate = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  throw UsageError(fmt::format("find program {}", name), "no folder of PATH has it",
                   fmt::format("write ./{} if it is in this folder", name));
}

Bundle make_bundle(const BundleRequest& request) {
  Gatherer gather;
  add_agent(request.agent, gather);
  const auto in_bundle = [](const std::string& path) {
    return std::string(wire::kInBundle) + path;
  };
  const auto place = std::string(kPrograms) + file_name(request.program);
  auto binary = request.program;
  std::vector<std::string> command;
  if (const auto interpreter = interpreter_of(request.program)) {
    binary = find_program(interpreter->name);
    require_executable(binary);
    if (!looks_like_elf(read_beginning(binary, 4))) {
      throw UsageError(fmt::format("use script {}", request.program.string()),
                       fmt::format("its interpreter {} is a script itself", binary.string()));
    }
    const auto interpreter_place = std::string(kInterpreters) + file_name(binary);
    gather.add(interpreter_place, binary, true);
    command = {in_bundle(interpreter_place)};
    command.insert(command.end(), interpreter->arguments.begin(), interpreter->arguments.end());
  }
  command.push_back(in_bundle(place));
  // A guest may be of another machine type than this host: its agent says which.
  const bool has_elf_agent = looks_like_elf(read_beginning(request.agent, 4));
  const auto elf =
      read_program(binary, has_elf_agent ? read_elf(request.agent).machine : own_machine());
  gather.add(place, request.program, true);
  if (!elf.interpreter.empty()) add_loader(elf, binary, gather);
  add_libraries(elf, binary, request, gather);
  auto bundle = gather.finish();
  bundle.command = std::move(command);
  bundle.program_digest = remembered_file_sha256(request.program);
  return bundle;
}

Bundle make_bundle_of(const fs::path& agent, const std::vector<BundleAddition>& files) {
  Gatherer gather;
  add_agent(agent, gather);
  for (const auto& file : files) gather.add(file.path, file.source, file.executable);
  return gather.finish();
}

Bundle make_agent_bundle(const fs::path& agent) { return make_bundle_of(agent, {}); }

}  // namespace strata::drivers
