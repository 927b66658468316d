#include "plots/program_answer.h"

#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/process/args.hpp>
#include <boost/process/async.hpp>
#include <boost/process/child.hpp>
#include <boost/process/group.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>
#include <cerrno>
#include <cstdio>
#include <future>
#include <memory>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

namespace process = boost::process;

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

/// A file without a name that holds `content`: who does not read it all breaks no pipe.
File nameless_file(const std::string& content) {
  File file(std::tmpfile(), &std::fclose);
  if (file == nullptr ||
      std::fwrite(content.data(), 1, content.size(), file.get()) < content.size() ||
      std::fflush(file.get()) != 0) {
    throw system_error("write a temporary file", errno);
  }
  std::rewind(file.get());
  return file;
}

}  // namespace

ProgramAnswer run_program(const std::vector<std::string>& words, const std::string& input,
                          std::chrono::seconds limit, const std::string& remedy) {
  const auto tried = "run " + words.front();
  process::filesystem::path program = words.front();
  if (!program.has_parent_path()) program = process::search_path(program);
  if (program.empty()) throw system_error(tried, ENOENT, remedy);
  const auto file = nameless_file(input);
  boost::asio::io_context context;
  std::future<std::string> output;
  std::future<std::string> errors;
  process::group group;
  std::error_code failed;
  const std::vector<std::string> arguments(words.begin() + 1, words.end());
  process::child child(program, process::args(arguments),
                       process::std_in<file.get(), process::std_out> output,
                       process::std_err > errors, context, group, failed);
  if (failed) throw system_error(tried, failed.value(), remedy);
  // Has nothing left to do once both outputs are closed.
  context.run_for(limit);
  const bool in_time = context.stopped();
  std::error_code ignored;
  if (!in_time) group.terminate(ignored);
  child.wait(ignored);
  if (!in_time) {
    throw Error(tried, "it was not done after " + std::to_string(limit.count()) + " s",
                "it was killed; run it by hand");
  }
  const int status = child.native_exit_code();
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output.get(),
          errors.get()};
}

}  // namespace strata::plots
