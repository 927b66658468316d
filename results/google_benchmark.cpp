#include "results/google_benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "results/statistics.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

/// What Google Benchmark writes into an entry that is not a counter of the user's.
constexpr std::array<std::string_view, 16> kOwnNumbers{"family_index",
                                                       "per_family_instance_index",
                                                       "repetitions",
                                                       "repetition_index",
                                                       "threads",
                                                       "real_time",
                                                       "cpu_time",
                                                       "allocs_per_iter",
                                                       "max_bytes_used",
                                                       "total_allocated_bytes",
                                                       "net_heap_growth",
                                                       "bigO",
                                                       "rms",
                                                       "iterations",
                                                       "checksum",
                                                       "error_occurred"};

[[noreturn]] void fail(std::string_view name, std::string said, std::string do_next = {}) {
  throw Error(fmt::format("read what the benchmark program says of {}", name), std::move(said),
              std::move(do_next));
}

double nanoseconds_in(std::string_view name, const Json& entry) {
  const auto unit = entry.value("time_unit", "ns");
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  fail(name, fmt::format("\"time_unit\" is \"{}\"", unit), "known: ns, us, ms, s");
}

double number(std::string_view name, const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_number()) {
    fail(name, fmt::format("its entry has no number \"{}\"", key));
  }
  return found->get<double>();
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 160;
  std::string result;
  for (const char c : text.substr(0, kShown)) result += c >= 0x20 && c < 0x7f ? c : ' ';
  return text.size() > kShown ? result + "…" : result;
}

/// The program may print other things before its JSON, such as a warning of a library's.
std::string_view json_part(std::string_view text) {
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find("\n{", at)) {
    if (text[at] == '\n') ++at;
    if (at == 0 || text[at - 1] == '\n') return text.substr(at);
  }
  return {};
}

Json parse(std::string_view text, std::string_view name) {
  const auto part = json_part(text);
  if (part.empty()) {
    fail(name,
         text.empty() ? "it printed nothing"
                      : fmt::format("it printed no JSON but: {}", shortened(text)),
         "is it a Google Benchmark program?");
  }
  try {
    auto json = Json::parse(part);
    if (json.is_object() && json.contains("benchmarks") && json["benchmarks"].is_array())
      return json;
  } catch (const Json::parse_error& error) {
    const bool cut_off = error.byte > part.size();
    fail(name,
         cut_off ? fmt::format("its JSON ends after {} bytes, in the middle", part.size())
                 : fmt::format("its JSON is damaged at byte {}: {}", error.byte,
                               shortened(part.substr(std::min(error.byte, part.size()) - 1))),
         cut_off ? "did the program die while it was printing?" : "");
  }
  fail(name, "its JSON has no list \"benchmarks\"", "is it a Google Benchmark program?");
}

Metric counter(std::string name, double value) {
  const std::string_view text = name;
  Metric metric{name, value, "", Better::kLower};
  if (text == "bytes_per_second") {
    metric.unit = "B/s";
  } else if (text.ends_with("_per_second") || text == "iops") {
    metric.unit = "1/s";
  } else if (text.ends_with("_ns")) {
    metric.unit = "ns";
  } else if (text.ends_with("_us")) {
    metric.unit = "us";
  } else if (text.ends_with("_bytes")) {
    metric.unit = "B";
  }
  if (metric.unit.ends_with("/s")) metric.better = Better::kHigher;
  return metric;
}

}  // namespace

BenchmarkOutput parse_benchmark_output(std::string_view json_text, std::string_view name) {
  const auto json = parse(json_text, name);
  std::map<std::string, std::vector<double>> values;
  std::vector<std::string> others;
  BenchmarkOutput output;
  for (const auto& entry : json["benchmarks"]) {
    if (!entry.is_object()) fail(name, "an entry of \"benchmarks\" is no object");
    const auto text = [&](const char* key) {
      const auto found = entry.find(key);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (text("run_type") == "aggregate") continue;
    // With repetitions "name" stays and "run_name" is the same; older versions have only "name".
    if (text("run_name") != name && text("name") != name) {
      others.push_back(text("name"));
      continue;
    }
    if (entry.contains("error_occurred") && entry["error_occurred"] == true) {
      fail(name, fmt::format("the benchmark reports an error: {}", text("error_message")));
    }
    const double unit = nanoseconds_in(name, entry);
    values["real_time"].push_back(number(name, entry, "real_time") * unit);
    values["cpu_time"].push_back(number(name, entry, "cpu_time") * unit);
    values["iterations"].push_back(number(name, entry, "iterations"));
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_number()) continue;
      if (std::find(kOwnNumbers.begin(), kOwnNumbers.end(), key) != kOwnNumbers.end()) continue;
      values[key].push_back(value.get<double>());
    }
    if (const auto checksum = entry.find("checksum");
        checksum != entry.end() && checksum->is_number()) {
      auto digits = fmt::format("{:.0f}", checksum->get<double>());
      if (output.checksum && *output.checksum != digits) {
        fail(name, fmt::format("its repetitions computed different things: checksums {} and {}",
                               *output.checksum, digits));
      }
      output.checksum = std::move(digits);
    }
  }
  if (values.empty()) {
    others.resize(std::min<std::size_t>(others.size(), 5));
    fail(name, others.empty() ? std::string("it ran no benchmark at all")
                              : fmt::format("it ran others: {}",
                                            shortened(fmt::format("{}", fmt::join(others, ", ")))));
  }
  for (const auto& [key, list] : values) {
    const double value = median(list);
    if (!std::isfinite(value)) fail(name, fmt::format("\"{}\" is not finite", key));
    if (key == "real_time" || key == "cpu_time") {
      output.metrics.push_back({key, value, "ns", Better::kLower});
    } else if (key == "iterations") {
      output.metrics.push_back({key, value, "", Better::kHigher});
    } else {
      output.metrics.push_back(counter(key, value));
    }
  }
  return output;
}

std::vector<std::string> parse_benchmark_list(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty()) names.emplace_back(line);
  }
  if (names.empty()) {
    throw Error("list the program's benchmarks", "it named none",
                "is it a Google Benchmark program, and does its filter match something?");
  }
  return names;
}

std::string exact_filter(std::string_view name) {
  constexpr std::string_view kSpecial = R"(.[{}()\*+?|^$])";
  std::string filter = "^";
  for (const char c : name) {
    if (kSpecial.find(c) != std::string_view::npos) filter += '\\';
    filter += c;
  }
  return filter + "$";
}

}  // namespace strata::results
