#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "results/result.h"
#include "results/run_json.h"
#include "results/summary_json.h"
#include "results/trial_json.h"
#include "results/trial_rows.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string dumped(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// A file beside the result that has no name (or loses it at once): gone whatever happens.
class PartFile {
 public:
  explicit PartFile(const fs::path& beside) : path_(beside.string() + ".part.XXXXXX") {
    fd_.reset(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd_) throw system_error(fmt::format("make {}", path_), errno);
    ::unlink(path_.c_str());
  }
  void add(std::string_view text) {
    buffer_ += text;
    constexpr std::size_t kEnough = 1UL << 20U;
    if (buffer_.size() >= kEnough) flush();
  }
  std::string& buffer() { return buffer_; }
  void flush() {
    write_all(fd_.get(), buffer_, path_);
    buffer_.clear();
  }
  void append_to(int out, const std::string& out_path) {
    flush();
    if (::lseek(fd_.get(), 0, SEEK_SET) < 0)
      throw system_error(fmt::format("rewind {}", path_), errno);
    std::array<char, 256UL * 1024> piece{};
    for (;;) {
      const auto count = ::read(fd_.get(), piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw system_error(fmt::format("read {}", path_), errno);
      if (count == 0) return;
      write_all(out, {piece.data(), static_cast<std::size_t>(count)}, out_path);
    }
  }
  static void write_all(int fd, std::string_view text, const std::string& path) {
    while (!text.empty()) {
      const auto written = ::write(fd, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        throw system_error(
            fmt::format("write {}", path), errno,
            "the journal beside it is whole: with room on the disk, --resume writes the result");
      }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
};

double fact_number(const Environment& environment, const std::string& name, double otherwise) {
  const auto found = environment.facts.find(name);
  return found == environment.facts.end() ? otherwise : std::atof(found->second.c_str());
}

/// What Google Benchmark's own tools, and those that read its files, look for.
Json context_of(const RunHeader& header) {
  const auto& environment = header.environment;
  const auto fact = [&](const std::string& name) {
    const auto found = environment.facts.find(name);
    return found == environment.facts.end() ? std::string() : found->second;
  };
  Json caches = Json::array();
  for (int i = 0; environment.facts.contains(fmt::format("cache.{}.level", i)); ++i) {
    const auto part = [&](const char* name) { return fmt::format("cache.{}.{}", i, name); };
    caches.push_back(
        {{"type", fact(part("type"))},
         {"level", static_cast<int>(fact_number(environment, part("level"), 0))},
         {"size", static_cast<std::int64_t>(fact_number(environment, part("size"), 0))},
         {"num_sharing", static_cast<int>(fact_number(environment, part("sharing"), 0))}});
  }
  return {{"date", header.started_utc},
          {"host_name", fact("host.name")},
          {"executable", "strata"},
          {"num_cpus", static_cast<int>(fact_number(environment, "cpu.online", 0))},
          {"mhz_per_cpu", static_cast<int>(fact_number(environment, "cpu.mhz", 0))},
          {"cpu_scaling_enabled",
           !fact("cpu.governor").empty() && fact("cpu.governor") != "performance"},
          {"caches", std::move(caches)},
          {"load_avg", Json::array({fact_number(environment, "load.1m", 0)})},
          {"library_build_type", "release"}};
}

/// One entry of `benchmarks`.
class BenchmarkEntries {
 public:
  explicit BenchmarkEntries(const RunHeader& header) : header_(header) {}

  void append(const Trial& trial, std::string& out) {
    const auto* const real = trial.metric("real_time");
    const auto* const cpu = trial.metric("cpu_time");
    if (trial.failure || real == nullptr || cpu == nullptr) return;
    out += first_ ? "\n" : ",\n";
    first_ = false;
    const auto& name = name_of_cell(trial);
    const auto* const iterations = trial.metric("iterations");
    fmt::format_to(std::back_inserter(out),
                   R"({{"name":{0},"run_name":{0},"run_type":"iteration","repetitions":{1},)"
                   R"("repetition_index":{2},"threads":1,"iterations":{3},"real_time":{4},)"
                   R"("cpu_time":{5},"time_unit":"ns")",
                   name, header_.blocks, trial.block,
                   iterations == nullptr ? 1 : std::llround(iterations->value), real->value,
                   cpu->value);
    for (const auto& metric : trial.metrics) {
      if (&metric == real || &metric == cpu || &metric == iterations) continue;
      if (!std::isfinite(metric.value)) continue;
      fmt::format_to(std::back_inserter(out), ",{}:{}", quoted(metric.name), metric.value);
    }
    if (const auto startup = trial.stamps.startup()) {
      fmt::format_to(std::back_inserter(out), ",\"startup\":{}", startup->count());
    }
    out += '}';
  }

 private:
  const std::string& quoted(const std::string& text) {
    auto& known = quoted_[text];
    if (known.empty()) known = dumped(Json(text));
    return known;
  }
  /// The A/A arm has a name of its own, or a filter for the baseline would take both.
  const std::string& name_of_cell(const Trial& trial) {
    auto& name = names_[{trial.workload, trial.control ? std::string() : trial.target}];
    if (name.empty()) {
      name = dumped(
          Json(fmt::format("{}@{}", trial.workload, trial.control ? "control" : trial.target)));
    }
    return name;
  }

  const RunHeader& header_;
  std::map<std::string, std::string> quoted_;
  std::map<std::pair<std::string, std::string>, std::string> names_;
  bool first_ = true;
};

}  // namespace

ResultHead write_result(const fs::path& journal, const fs::path& result) {
  ResultHead head;
  std::ifstream lines(journal, std::ios::binary);
  JournalLineReader reader;
  std::string line;
  const auto tried = fmt::format("read {}", journal.string());
  if (!std::getline(lines, line)) throw Error(tried, "it is empty or can't be read");
  if (reader.read(line) != LineKind::kHeader)
    throw Error(tried, "its first line does not tell the run");
  head.header = reader.header();

  PartFile rows(result);
  PartFile benchmarks(result);
  TrialRows tables;
  BenchmarkEntries entries(head.header);
  Summarizer summarizer(head.header.baseline);
  bool first = true;
  while (std::getline(lines, line)) {
    if (lines.eof()) break;  // being written, or cut off
    const auto kind = reader.read(line);
    if (kind == LineKind::kFooter) head.footers.push_back(reader.footer());
    if (kind != LineKind::kTrial) continue;
    const auto trial = reader.trial();
    rows.buffer() += first ? "\n" : ",\n";
    first = false;
    tables.append_row(trial, rows.buffer());
    rows.add("");
    entries.append(trial, benchmarks.buffer());
    benchmarks.add("");
    summarizer.add(trial);
  }
  head.summary = summarizer.finish();

  auto temporary = result.string() + ".XXXXXX";
  UniqueFd out(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!out) throw system_error(fmt::format("make {}", temporary), errno);
  try {
    const auto put = [&](std::string_view text) {
      PartFile::write_all(out.get(), text, temporary);
    };
    // `strata` before `benchmarks`: a reader of ours need not go through the latter.
    put(fmt::format("{{\n\"context\": {},\n\"strata\": {{\n\"schema\": {},\n",
                    dumped(context_of(head.header), 2), kSchemaVersion));
    put(fmt::format("\"run\": {},\n", dumped(head.header)));
    put(fmt::format("\"ends\": {},\n", dumped(head.footers)));
    put(fmt::format("\"summary\": {},\n", dumped(head.summary)));
    put(fmt::format("\"tables\": {},\n\"trials\": [", dumped(tables.tables())));
    rows.append_to(out.get(), temporary);
    put("\n]\n},\n\"benchmarks\": [");
    benchmarks.append_to(out.get(), temporary);
    put("\n]\n}\n");
    if (::fchmod(out.get(), 0644) != 0 || ::fsync(out.get()) != 0) {
      throw system_error(fmt::format("write {}", temporary), errno);
    }
    if (::rename(temporary.c_str(), result.c_str()) != 0) {
      throw system_error(fmt::format("rename {} to {}", temporary, result.string()), errno);
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  return head;
}

}  // namespace strata::results
