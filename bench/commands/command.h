#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace strata::bench {

/// What the user typed, cut at the first "--": what stands behind it belongs to another program.
struct CommandLine {
  std::vector<std::string> own;     ///< without the program's name
  std::vector<std::string> behind;  ///< after "--"
  bool has_separator = false;
  std::string quoted;  ///< the whole line, words quoted for a shell
};
CommandLine split_command_line(int argc, char** argv);

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUse = 2;
inline constexpr int kExitInterrupted = 130;

/// A sub-command: adds its flags to `app`; the returned function does the work once they are parsed
/// and gives the exit code. It may throw Error.
using CommandBody = std::function<int()>;
struct Command {
  CLI::App* parser;
  CommandBody body;
};

Command add_migrate_command(CLI::App& app, const CommandLine& line);
Command add_run_command(CLI::App& app, const CommandLine& line);
Command add_time_command(CLI::App& app, const CommandLine& line);
Command add_list_command(CLI::App& app, const CommandLine& line);
Command add_doctor_command(CLI::App& app, const CommandLine& line);
Command add_advise_command(CLI::App& app, const CommandLine& line);
Command add_check_command(CLI::App& app, const CommandLine& line);
Command add_faas_command(CLI::App& app, const CommandLine& line);
Command add_clean_command(CLI::App& app, const CommandLine& line);
Command add_nightly_command(CLI::App& app, const CommandLine& line);
Command add_history_command(CLI::App& app, const CommandLine& line);
Command add_compare_command(CLI::App& app, const CommandLine& line);
Command add_plot_command(CLI::App& app, const CommandLine& line);
Command add_report_command(CLI::App& app, const CommandLine& line);
Command add_site_command(CLI::App& app, const CommandLine& line);

/// Whether to use colours on this stream: a terminal, and NO_COLOR is not set (no-color.org).
bool wants_colour(int fd);

}  // namespace strata::bench
