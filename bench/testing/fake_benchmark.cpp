// Speaks as much of a Google Benchmark program as Strata uses, and misbehaves as its own name
// says: a name reaches it in every paradigm.

#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

int main(int argc, char** argv) {
  const std::string_view path = argv[0];
  const auto mode = path.substr(path.rfind('/') + 1);
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    list = list || std::string_view(argv[i]) == "--benchmark_list_tests=true";
  }
  if (list) {
    std::puts(mode == "lists_nothing" ? "" : "BM_work/8");
    return 0;
  }
  const std::string entry =
      R"({"name": "BM_work/8", "run_name": "BM_work/8", "run_type": "iteration", "iterations": 10,)"
      R"( "real_time": 100.5, "cpu_time": 100.25, "time_unit": "ns")";
  if (mode == "half_json") {
    std::printf("{\"context\": {}, \"benchmarks\": [%s", entry.c_str());
  } else if (mode == "no_json") {
    std::puts("hello");
  } else if (mode == "endless") {
    for (;;) ::pause();
  } else if (mode == "floods") {
    const std::string block(1U << 20U, 'x');
    for (int i = 0; i < 1024; ++i) {
      if (::write(STDOUT_FILENO, block.data(), block.size()) <= 0) break;
    }
  } else if (mode == "forgets_child") {
    if (::fork() == 0) {
      ::setsid();
      for (;;) ::pause();
    }
    std::printf("{\"context\": {}, \"benchmarks\": [%s}]}\n", entry.c_str());
  } else {
    std::printf("{\"context\": {}, \"benchmarks\": [%s, \"checksum\": 7}]}\n", entry.c_str());
  }
  return 0;
}
