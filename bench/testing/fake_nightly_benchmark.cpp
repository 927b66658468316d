// Speaks as much of a Google Benchmark program as Strata uses. How long its two benchmarks "take"
// is written in a file, which a test changes from night to night: --night=FILE holds two numbers in
// ns and how many milliseconds the program is to wait before it answers.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

int main(int argc, char** argv) {
  std::string night;
  std::string filter;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word == "--benchmark_list_tests=true") {
      std::puts("BM_steady\nBM_changing");
      return 0;
    }
    if (word.starts_with("--night=")) night = word.substr(8);
    if (word.starts_with("--benchmark_filter=")) filter = word.substr(19);
  }
  std::ifstream file(night);
  double steady = 0;
  double changing = 0;
  int wait = 0;
  if (!(file >> steady >> changing >> wait)) return 1;
  std::this_thread::sleep_for(std::chrono::milliseconds(wait));
  const bool is_changing = filter.find("changing") != std::string::npos;
  const char* const name = is_changing ? "BM_changing" : "BM_steady";
  // Noise of 0.5 % to either side.
  const double noise = 1 + 0.01 * (static_cast<double>((::getpid() * 7919) % 101) / 100 - 0.5);
  const double time = (is_changing ? changing : steady) * noise;
  std::printf(
      "{\"context\": {}, \"benchmarks\": [{\"name\": \"%s\", \"run_name\": \"%s\", \"run_type\": "
      "\"iteration\", \"iterations\": 10, \"real_time\": %.9g, \"cpu_time\": %.9g, \"time_unit\": "
      "\"ns\"}]}\n",
      name, name, time, time);
  return 0;
}
