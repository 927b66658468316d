#include "results/google_benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "results/closing_scan.h"
#include "results/derived_metrics.h"
#include "results/statistics.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

constexpr auto kIsItOne = "is it a Google Benchmark program?";

/// Numbers in an entry that are neither measured nor a counter of the program's: they say which run
/// it was.
constexpr std::array<std::string_view, 6> kNotMeasured{
    "family_index", "per_family_instance_index", "repetitions",
    "threads",      "repetition_index",          "checksum"};

[[noreturn]] void fail(std::string_view name, std::string said, std::string do_next = {}) {
  throw Error(fmt::format("read what the benchmark program says of {}", name), std::move(said),
              std::move(do_next));
}

/// Printable, on one line, and not too long.
std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 160;
  std::string result;
  for (const char c : text.substr(0, kShown)) result += c >= 0x20 && c < 0x7f ? c : ' ';
  return text.size() > kShown ? result + "…" : result;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The program may print other things before and after its JSON, such as a library's warning: the
/// JSON is the object whose brace begins a line and is followed by a name.
std::string_view json_part(std::string_view text) {
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const auto part = text.substr(at);
    const auto* const name = std::find_if_not(part.begin() + 1, part.end(), is_space);
    if (name != part.end() && *name != '"' && *name != '}') continue;
    ClosingScan closing;
    const char* const end = closing.find(part.data(), part.data() + part.size());
    return part.substr(0, static_cast<std::size_t>(end - part.data()));
  }
  return {};
}

/// The line that holds byte `at`, without its indentation.
std::string_view line_around(std::string_view text, std::size_t at) {
  const auto before = text.rfind('\n', at);
  const auto begin = text.find_first_not_of(" \t\n", before == std::string_view::npos ? 0 : before);
  const auto line = text.substr(std::min(begin, at));
  return line.substr(0, line.find('\n'));
}

[[noreturn]] void fail_damaged(std::string_view name, std::string_view part, std::size_t byte) {
  if (byte > part.size()) {
    fail(name, fmt::format("its JSON ends after {} bytes, in the middle", part.size()),
         "did the program die while it was printing?");
  }
  const auto line = line_around(part, byte - 1);
  const bool not_finite = line.find("NaN") != std::string_view::npos ||
                          line.find("Infinity") != std::string_view::npos ||
                          line.find("nan") != std::string_view::npos ||
                          line.find("inf") != std::string_view::npos;
  fail(name, fmt::format("its JSON is damaged at byte {}: {}", byte, shortened(line)),
       not_finite ? "a counter of it is no finite number: was something divided by 0?"
                  : "does the program print to stdout while it runs? Let it use stderr");
}

Json parse(std::string_view text, std::string_view name) {
  const auto part = json_part(text);
  if (part.empty()) {
    fail(name,
         text.empty() ? std::string("it printed nothing")
                      : fmt::format("it printed no JSON but: {}", shortened(text)),
         kIsItOne);
  }
  // Of 16 MiB of brackets a tree would take a gigabyte.
  constexpr int kDeepest = 32;
  const auto not_too_deep = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) fail(name, "its JSON is nested too deeply", kIsItOne);
    return true;
  };
  try {
    auto json = Json::parse(part, not_too_deep);
    if (json.contains("benchmarks") && json["benchmarks"].is_array()) return json;
  } catch (const Json::parse_error& error) {
    fail_damaged(name, part, error.byte);
  } catch (const Json::exception& error) {  // a number that no double holds
    fail(name, fmt::format("its JSON can't be read: {}", shortened(error.what())));
  }
  fail(name, "its JSON has no list \"benchmarks\"", kIsItOne);
}

std::string text_of(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_true(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_boolean() && found->get<bool>();
}

double number(std::string_view name, const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_number()) {
    fail(name, fmt::format("its entry has no number \"{}\"", key));
  }
  return found->get<double>();
}

double nanoseconds_in(std::string_view name, const Json& entry) {
  if (!entry.contains("time_unit")) return 1;
  const auto unit = text_of(entry, "time_unit");
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  fail(name, fmt::format("\"time_unit\" is \"{}\"", shortened(unit)), "known: ns, us, ms, s");
}

/// Doubles hold whole numbers up to 2^53; a checksum is meant to be one.
std::string checksum_text(double value) {
  constexpr double kExact = 0x1p53;
  return value == std::trunc(value) && std::abs(value) <= kExact ? fmt::format("{:.0f}", value)
                                                                 : fmt::format("{}", value);
}

/// What the end of a counter's name says of it. The first that fits holds.
struct Convention {
  std::string_view ending;
  std::string_view unit;
  Better better;
};
constexpr std::array kConventions{
    Convention{"bytes_per_second", "B/s", Better::kHigher},
    Convention{"_per_second", "1/s", Better::kHigher},
    Convention{"iops", "1/s", Better::kHigher},
    Convention{"_ns", "ns", Better::kLower},
    Convention{"_us", "us", Better::kLower},
    Convention{"_ms", "ms", Better::kLower},
    Convention{"_seconds", "s", Better::kLower},
    Convention{"_bytes", "B", Better::kLower},
    // What Google Benchmark's memory manager counts.
    Convention{"max_bytes_used", "B", Better::kLower},
    Convention{"net_heap_growth", "B", Better::kLower},
};

Metric metric_of(std::string name, double value) {
  if (name == "real_time" || name == "cpu_time") return {std::move(name), value, "ns"};
  if (name == "iterations") return {std::move(name), value, "", Better::kHigher};
  Metric metric{"", value, "", Better::kLower};
  for (const auto& [ending, unit, better] : kConventions) {
    if (!name.ends_with(ending)) continue;
    metric.unit = unit;
    metric.better = better;
    break;
  }
  metric.name = is_derived_metric(name) ? "counter_" + name : std::move(name);
  return metric;
}

/// Gathers what the entries of one benchmark say, one for each repetition.
class Gathered {
 public:
  explicit Gathered(std::string_view name) : name_(name) {}

  void add(const Json& entry) {
    if (is_true(entry, "error_occurred")) {
      fail(name_, fmt::format("the benchmark reports an error: {}",
                              shortened(text_of(entry, "error_message"))));
    }
    if (entry.contains("skipped")) {
      fail(name_,
           fmt::format("the benchmark was skipped: {}", shortened(text_of(entry, "skip_message"))));
    }
    const double unit = nanoseconds_in(name_, entry);
    for (const char* const time : {"real_time", "cpu_time"}) {
      values_[time].push_back(number(name_, entry, time) * unit);
    }
    values_["iterations"].push_back(number(name_, entry, "iterations"));
    for (const auto& [key, value] : entry.items()) {
      const bool taken = key == "real_time" || key == "cpu_time" || key == "iterations";
      if (taken || !value.is_number()) continue;
      if (std::find(kNotMeasured.begin(), kNotMeasured.end(), key) != kNotMeasured.end()) continue;
      values_[key].push_back(value.get<double>());
    }
    const auto checksum = entry.find("checksum");
    if (checksum != entry.end() && checksum->is_number()) add_checksum(checksum->get<double>());
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }

  [[nodiscard]] BenchmarkOutput finish() {
    BenchmarkOutput output;
    output.checksum = std::move(checksum_);
    for (const char* const first : {"real_time", "cpu_time", "iterations"}) {
      output.metrics.push_back(reduced(first, values_.extract(first).mapped()));
    }
    for (const auto& [key, list] : values_) output.metrics.push_back(reduced(key, list));
    return output;
  }

 private:
  [[nodiscard]] Metric reduced(const std::string& key, const std::vector<double>& list) const {
    const double value = median(list);
    // A time in seconds may be finite and in nanoseconds not.
    if (!std::isfinite(value)) fail(name_, fmt::format("\"{}\" is not finite", shortened(key)));
    return metric_of(key, value);
  }
  void add_checksum(double value) {
    auto text = checksum_text(value);
    if (checksum_ && *checksum_ != text) {
      fail(name_, fmt::format("its repetitions computed different things: checksums {} and {}",
                              *checksum_, text));
    }
    checksum_ = std::move(text);
  }

  std::string_view name_;
  std::map<std::string, std::vector<double>> values_;
  std::optional<std::string> checksum_;
};

}  // namespace

BenchmarkOutput parse_benchmark_output(std::string_view json_text, std::string_view name) {
  const auto json = parse(json_text, name);
  Gathered gathered(name);
  std::vector<std::string> others;
  for (const auto& entry : json["benchmarks"]) {
    if (!entry.is_object()) fail(name, "an entry of \"benchmarks\" is no object");
    if (text_of(entry, "run_type") == "aggregate") continue;
    // Older versions have only "name".
    if (text_of(entry, "run_name") == name || text_of(entry, "name") == name) {
      gathered.add(entry);
    } else {
      others.push_back(text_of(entry, "name"));
    }
  }
  if (gathered.empty()) {
    constexpr std::size_t kNamed = 5;
    others.resize(std::min(others.size(), kNamed));
    fail(name,
         others.empty() ? std::string("it ran no benchmark at all")
                        : fmt::format("it ran others: {}",
                                      shortened(fmt::format("{}", fmt::join(others, ", ")))),
         "see --benchmark_list_tests");
  }
  return gathered.finish();
}

std::vector<std::string> parse_benchmark_list(std::string_view text) {
  const auto tried = "list the program's benchmarks";
  std::vector<std::string> names;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    // Names are C++ identifiers and parameters; what else it may print is not one.
    const bool printable = std::none_of(line.begin(), line.end(),
                                        [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (!printable) {
      throw Error(tried, fmt::format("this is no benchmark's name: {}", shortened(line)), kIsItOne);
    }
    names.emplace_back(line);
  }
  if (names.empty()) {
    throw Error(tried, "it named none",
                "is it a Google Benchmark program, and does its filter match something?");
  }
  return names;
}

std::string exact_filter(std::string_view name) {
  // What POSIX has as special outside brackets. No more: it leaves undefined what an escaped
  // ordinary character is, and ']' and '}' are ordinary without their openings.
  constexpr std::string_view kSpecial = R"(.[{()\*+?|^$)";
  std::string filter = "^";
  for (const char c : name) {
    if (kSpecial.find(c) != std::string_view::npos) filter += '\\';
    filter += c;
  }
  return filter + "$";
}

}  // namespace strata::results
