// strata-workloads: Strata's own workloads as one Google Benchmark program.
//
// Its own main, since newer versions of BENCHMARK_MAIN start the program anew to switch address
// space randomisation off, which a sandbox may refuse.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "workloads/noise.h"
#include "workloads/registry.h"

namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

/// One JSON object a line and workload: what `strata list workloads` shows.
void describe() {
  for (const auto& workload : strata::workloads::all_workloads()) {
    std::string needs;
    for (const auto& need : workload.needs) needs += (needs.empty() ? "" : ",") + quoted(need);
    std::printf(
        "{\"name\":%s,\"benchmark\":%s,\"group\":%s,\"summary\":%s,\"metric\":%s,\"unit\":%s,"
        "\"better\":\"%s\","
        "\"seconds\":%g,\"needs\":[%s]}\n",
        quoted(workload.name).c_str(),
        // Google Benchmark puts this behind the name of what is measured in real time.
        quoted(workload.name + "/real_time").c_str(),
        quoted(workload.name.substr(0, workload.name.find('/'))).c_str(),
        quoted(workload.summary).c_str(), quoted(workload.metric).c_str(),
        quoted(workload.unit).c_str(), workload.higher_is_better ? "higher" : "lower",
        workload.seconds, needs.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string_view("--describe")) {
    describe();
    return 0;
  }
  if (argc == 5 && argv[1] == std::string_view("--noise") &&
      argv[3] == std::string_view("--seconds")) {
    return strata::workloads::make_noise(argv[2], argv[4]);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
