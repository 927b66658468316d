// strata-workloads: Strata's own workloads as one Google Benchmark program.
//
// Its own main, since newer versions of BENCHMARK_MAIN start the program anew to switch address
// space randomisation off, which a sandbox may refuse.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "workloads/cpus.h"
#include "workloads/net_server.h"
#include "workloads/noise.h"
#include "workloads/registry.h"
#include "workloads/text.h"
#include "workloads/wire/peer_line.h"

namespace {

using namespace strata::workloads;

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
  for (const auto& workload : all_workloads()) {
    std::string needs;
    for (const auto& need : workload.needs) needs += (needs.empty() ? "" : ",") + quoted(need);
    std::printf(
        "{\"name\":%s,\"benchmark\":%s,\"group\":%s,\"summary\":%s,\"metric\":%s,\"unit\":%s,"
        "\"better\":\"%s\","
        "\"seconds\":%g,\"needs\":[%s],\"inside\":%s}\n",
        quoted(workload.name).c_str(),
        // Google Benchmark puts this behind the name of what is measured in real time.
        quoted(workload.name + "/real_time").c_str(),
        quoted(workload.name.substr(0, workload.name.find('/'))).c_str(),
        quoted(workload.summary).c_str(), quoted(workload.metric).c_str(),
        quoted(workload.unit).c_str(), workload.higher_is_better ? "higher" : "lower",
        workload.seconds, needs.c_str(), quoted(workload.inside).c_str());
  }
}

/// The server of the net workloads, until it is ended; on the last CPU, since their client is on
/// the first. Says where it listens once it does.
int serve(const char* where) {
  auto address = Address::parse(where);
  if (!address) {
    std::fprintf(stderr, "usage: strata-workloads --serve ADDRESS:PORT\n");
    return 2;
  }
  const OnOneCpu pinned(usable_cpus().back());
  auto server = std::make_unique<NetServer>(*address);
  if (!server->ok() && errno == EADDRNOTAVAIL && address->family() == AF_INET) {
    // The address that a user-mode network has for this host is none of the host's own: what is
    // sent there arrives at loopback.
    address = Address::parse("127.0.0.1" + std::string(std::strrchr(where, ':')));
    server = std::make_unique<NetServer>(*address);
  }
  if (!server->ok()) {
    std::fprintf(stderr, "listen at %s: %s\n", where, std::strerror(errno));
    return 1;
  }
  std::printf("%s%s\n", strata::wire::kPeerListens, server->address().text().c_str());
  std::fflush(stdout);
  server->serve();
}

int print_text(const char* size) {
  const auto text = sample_text(std::strtoull(size, nullptr, 10));
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "--describe" && argc == 2) {
    describe();
    return 0;
  }
  if (word == "--noise" && argc == 5 && argv[3] == std::string_view("--seconds")) {
    return make_noise(argv[2], argv[4]);
  }
  if (word == "--print-text" && argc == 3) return print_text(argv[2]);
  if (word == "--serve" && argc == 3) return serve(argv[2]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
