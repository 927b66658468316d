#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::drivers {

/// What a script's first line asks for.
struct Interpreter {
  std::string name;                    ///< a path, or for "env NAME" a name to look up along $PATH
  std::vector<std::string> arguments;  ///< before the script's own path

  bool operator==(const Interpreter&) const = default;
};

/// Reads the "#!" line at the beginning of a file, as the kernel does: the interpreter, and all
/// that follows as one argument. "env NAME" and "env -S NAME ARGUMENTS…" are followed, since an
/// instance has no env. Nothing if the file is no script. `path` is for errors. Throws UsageError
/// for a line that no system would run, or that asks env for more than we follow.
std::optional<Interpreter> parse_script_line(std::string_view beginning, const std::string& path);

/// How much of a file the kernel looks at for it.
inline constexpr std::size_t kScriptLineLimit = 256;

}  // namespace strata::drivers
