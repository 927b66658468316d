// What a cold start costs beside the start of a process, in one run, in turn:
//     build/release/bin/faas_benchmark --benchmark_repetitions=9
//     --benchmark_enable_random_interleaving
// Throughput, latency and memory: drivers/faas/measure.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver_table.h"
#include "drivers/faas/emulator.h"
#include "drivers/faas/emulator/report.h"
#include "drivers/faas/emulator/testing/http_client.h"
#include "drivers/faas/emulator/testing/zip_builder.h"
#include "drivers/testing/temporary_folder.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace fs = std::filesystem;

constexpr auto kConfiguration = "/2015-03-31/functions/f/configuration";
constexpr auto kInvocations = "/2015-03-31/functions/f/invocations";

/// Drivers of one private place.
struct Place {
  Place() { fs::create_directory(context.private_directory); }
  std::unique_ptr<Driver> make() const {
    return make_driver(find_driver("process").shipped_targets().front(), context);
  }
  drivers::testing::TemporaryFolder root;
  DriverContext context{monotonic_clock(), "benchmark", root / "cache", root / "run",
                        fs::read_symlink("/proc/self/exe").parent_path() / "strata-agent"};
};

/// Times of single starts: their mean is the benchmark's time; their median, which another process
/// on the host sways less, its counter.
class Starts {
 public:
  explicit Starts(benchmark::State& state) : state_(state) {}
  void add(Duration time) {
    times_.push_back(time);
    state_.SetIterationTime(std::chrono::duration<double>(time).count());
  }
  void finish() {
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    std::nth_element(times_.begin(), middle, times_.end());
    state_.counters["p50_ms"] = std::chrono::duration<double, std::milli>(*middle).count();
  }

 private:
  benchmark::State& state_;
  std::vector<Duration> times_;
};

Deadline soon() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

void process_startup(benchmark::State& state) {
  const Place place;
  const auto driver = place.make();
  const auto prepared = driver->prepare(make_agent_bundle(place.context.agent), soon());
  Starts starts(state);
  for (auto _ : state) {
    const auto begin = monotonic_clock().now();
    const auto instance = driver->start(prepared, {}, soon());
    starts.add(monotonic_clock().now() - begin);
    instance->stop(soon());
  }
  starts.finish();
}
BENCHMARK(process_startup)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(100);

class RunningEmulator {
 public:
  RunningEmulator() {
    EmulatorOptions options;
    options.make_driver = [this] { return place_.make(); };
    options.agent = place_.context.agent;
    options.data_directory = place_.root / "data";
    emulator_ = std::make_unique<Emulator>(options);
    thread_ = std::thread([this] { emulator_->run(); });
    testing::HttpClient client(emulator_->port());
    const auto zip = base64(testing::bootstrap_zip(STRATA_TEST_BOOTSTRAP));
    const nlohmann::json request{
        {"FunctionName", "f"}, {"Handler", "echo"}, {"Code", {{"ZipFile", zip}}}};
    const auto answer = client.ask("POST", "/2015-03-31/functions", request.dump());
    if (answer.status != 201) throw std::runtime_error(answer.body);
  }
  RunningEmulator(const RunningEmulator&) = delete;
  RunningEmulator& operator=(const RunningEmulator&) = delete;
  ~RunningEmulator() {
    emulator_->stop();
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return emulator_->port(); }

 private:
  Place place_;
  std::unique_ptr<Emulator> emulator_;
  std::thread thread_;
};

void cold_start(benchmark::State& state) {
  const RunningEmulator emulator;
  testing::HttpClient client(emulator.port());
  int number = 0;
  Starts starts(state);
  for (auto _ : state) {
    // Another configuration: the sandbox there is ends, and the next invocation needs a new one.
    client.ask("PUT", kConfiguration, R"({"Description":")" + std::to_string(++number) + R"("})");
    const auto metrics = [&] { return client.ask("GET", "/metrics").body; };
    while (metrics().find("\nstrata_faas_sandboxes 0\n") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto begin = monotonic_clock().now();
    const auto answer = client.ask("POST", kInvocations, "{}");
    starts.add(monotonic_clock().now() - begin);
    if (answer.body != "{}") state.SkipWithError(answer.body.c_str());
  }
  starts.finish();
}
BENCHMARK(cold_start)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(100);

void warm_invocation(benchmark::State& state) {
  const RunningEmulator emulator;
  testing::HttpClient client(emulator.port());
  for (auto _ : state) {
    if (client.ask("POST", kInvocations, "{}").body != "{}") state.SkipWithError("wrong answer");
  }
}
BENCHMARK(warm_invocation)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace strata::drivers::faas::emulator

BENCHMARK_MAIN();
