// What Strata itself costs, beside the floor it can't go below: each iteration is one round, in
// which every arm is carried out once, in turn; the counters are medians, and ratios of paired
// rounds with their 95 % interval.
//
//     ci/with-docker build/release/bin/strata_benchmark

#include <benchmark/benchmark.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "bench/experiments/fleet.h"
#include "bench/limits.h"
#include "bench/workbench.h"
#include "drivers/kvm/guest_kernel.h"
#include "results/statistics.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::bench {
namespace {

constexpr auto kLimit = std::chrono::minutes(1);

/// One way to do a thing; returns how long it took.
struct Arm {
  std::string name;
  std::function<Duration()> carry_out;
};

/// Rounds of all arms; the first is what is judged, the others what it is held against.
void compare(benchmark::State& state, const std::vector<Arm>& arms) {
  std::vector<std::vector<double>> times(arms.size());
  std::size_t round = 0;
  try {
    for (auto _ : state) {
      // Another arm begins each round: what the first pays for being first is shared out.
      for (std::size_t i = 0; i < arms.size(); ++i) {
        const auto which = (i + round) % arms.size();
        times[which].push_back(static_cast<double>(arms[which].carry_out().count()));
      }
      ++round;
    }
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
    return;
  }
  for (std::size_t i = 0; i < arms.size(); ++i) {
    state.counters[arms[i].name + "_us"] = results::median(times[i]) / 1000;
    if (i == 0) continue;
    const auto ratio = results::paired_ratio(times[0], times[i]);
    state.counters["to_" + arms[i].name] = ratio.value;
    if (ratio.interval) {
      state.counters["to_" + arms[i].name + "_low"] = ratio.interval->low;
      state.counters["to_" + arms[i].name + "_high"] = ratio.interval->high;
    }
  }
}

Duration since(TimePoint start) { return monotonic_clock().now() - start; }

/// Starts a program by a plain posix_spawn and waits until it has written `bytes` bytes to a pipe.
Duration bare_spawn(const std::string& program, std::size_t bytes) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
  auto name = program;
  std::array<char*, 2> argv{name.data(), nullptr};
  std::array<char*, 1> envp{nullptr};
  pid_t pid = -1;
  const auto start = monotonic_clock().now();
  const int error =
      ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), envp.data());
  write_end.reset();
  std::array<char, 256> buffer{};
  std::size_t received = 0;
  while (error == 0 && received < bytes) {
    const auto count = ::read(read_end.get(), buffer.data(), buffer.size());
    if (count <= 0) break;
    received += static_cast<std::size_t>(count);
  }
  const auto took = since(start);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0) ::waitpid(pid, nullptr, 0);
  if (received < bytes) throw std::runtime_error(program + " did not write what it should");
  return took;
}

/// A driver with the agent alone prepared.
class AgentAlone {
 public:
  explicit AgentAlone(const std::string& target) : workbench_(monotonic_clock()) {
    driver_ = drivers::make_driver(find_target(target, {}), workbench_.context());
    const auto deadline = Deadline::after(monotonic_clock(), kLimit);
    const auto availability = driver_->probe(deadline);
    if (const auto* const why = std::get_if<drivers::Unavailable>(&availability)) {
      throw std::runtime_error(to_string(*why));
    }
    facts_ = std::get<drivers::Ready>(availability).facts;
    ProgramDefinition program;
    program.path = agent();
    prepared_ = driver_->prepare(workbench_.bundle(program), deadline);
  }
  [[nodiscard]] std::string agent() const { return workbench_.context().agent; }
  [[nodiscard]] const std::string& location() const { return prepared_.location; }
  [[nodiscard]] const std::string& fact(const std::string& name) const { return facts_.at(name); }
  /// From `requested` to `until`, of one instance that is started and stopped.
  [[nodiscard]] Duration life(Stamp until) const {
    const auto deadline = Deadline::after(monotonic_clock(), kLimit);
    const auto instance = driver_->start(prepared_, {}, deadline);
    instance->stop(deadline);
    return instance->stamps().between(Stamp::kRequested, until).value();
  }

 private:
  Workbench workbench_;
  std::unique_ptr<drivers::Driver> driver_;
  drivers::Prepared prepared_;
  std::map<std::string, std::string> facts_;
};

void process_startup(benchmark::State& state) {
  const AgentAlone process("process");
  compare(state, {{"startup", [&] { return process.life(Stamp::kReady); }},
                  {"bare_spawn", [&] { return bare_spawn(process.agent(), 1); }}});
}

void agent_start(benchmark::State& state) {
  const AgentAlone process("process");
  constexpr std::size_t kByteAndHeader = 9;  // then the hello is on its way in the same write
  compare(state, {{"hello", [&] { return bare_spawn(process.agent(), kByteAndHeader); }},
                  {"one_byte_program", [] { return bare_spawn(STRATA_ONE_BYTE, 1); }}});
}

std::size_t keep(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  static_cast<std::string*>(user)->append(data, size);
  return size;
}

/// The least program that runs a container through the engine: four calls on one kept connection.
class BareEngine {
 public:
  explicit BareEngine(std::string image) : image_(std::move(image)) {
    const char* const host = std::getenv("DOCKER_HOST");
    socket_ = host != nullptr ? host : "unix:///var/run/docker.sock";
    socket_.erase(0, std::string_view("unix://").size());
  }
  Duration run_container() {
    const auto start = monotonic_clock().now();
    const auto created =
        call("POST", "/containers/create",
             R"({"Image":")" + image_ +
                 R"(","Entrypoint":["/strata/agent"],"HostConfig":{"NetworkMode":"none"}})");
    const auto container =
        "/containers/" + nlohmann::json::parse(created).at("Id").get<std::string>();
    call("POST", container + "/start", "");
    call("POST", container + "/wait", "");
    call("DELETE", container, "");
    return since(start);
  }

 private:
  std::string call(const char* method, const std::string& path, const std::string& body) {
    std::string answer;
    auto* const easy = easy_.get();
    ::curl_easy_reset(easy);
    ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
    ::curl_easy_setopt(easy, CURLOPT_URL, ("http://engine/v1.40" + path).c_str());
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (method == std::string_view("POST"))
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &keep);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT, 60L);
    if (::curl_easy_perform(easy) != CURLE_OK)
      throw std::runtime_error("the engine did not answer " + path);
    long status = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) throw std::runtime_error(path + ": " + answer);
    return answer;
  }
  std::string image_;
  std::string socket_;
  std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> easy_{::curl_easy_init(),
                                                              &::curl_easy_cleanup};
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers_{
      ::curl_slist_append(nullptr, "Content-Type: application/json"), &::curl_slist_free_all};
};

/// Runs the docker command with its input at its end and its output thrown away; returns its exit
/// code.
int run_docker(std::vector<std::string> words) {
  words.insert(words.begin(), "docker");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  int status = -1;
  if (::posix_spawnp(&pid, "docker", &actions, nullptr, argv.data(), environ) == 0)
    ::waitpid(pid, &status, 0);
  ::posix_spawn_file_actions_destroy(&actions);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// `docker run --rm` of the same image, agent and network, its input at its end.
Duration docker_run(const std::string& image) {
  const auto start = monotonic_clock().now();
  const int code = run_docker(
      {"run", "--rm", "-i", "--network", "none", "--entrypoint", "/strata/agent", image});
  const auto took = since(start);
  // The agent says with 2 that its host has gone: its input has ended.
  if (code != 0 && code != 2) throw std::runtime_error("docker run failed");
  return took;
}

void docker_life(benchmark::State& state) {
  std::unique_ptr<AgentAlone> docker;
  try {
    docker = std::make_unique<AgentAlone>("docker");
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
    return;
  }
  BareEngine engine(docker->location());
  compare(state, {{"life", [&] { return docker->life(Stamp::kRemoved); }},
                  {"bare_calls", [&] { return engine.run_container(); }},
                  {"docker_run", [&] { return docker_run(docker->location()); }}});
}

/// Containers asked for at once, through the fleet that `strata run burst` uses.
class Burst {
 public:
  explicit Burst(std::size_t count) : workbench_(monotonic_clock()), count_(count) {
    const auto deadline = Deadline::after(monotonic_clock(), kLimit);
    ProgramDefinition program;
    program.path = workbench_.context().agent;
    bundle_ = workbench_.bundle(program);
    for (std::size_t i = 0; i < count; ++i) {
      drivers_.push_back(drivers::make_driver(find_target("docker", {}), workbench_.context()));
    }
    const auto availability = drivers_[0]->probe(deadline);
    if (const auto* const why = std::get_if<drivers::Unavailable>(&availability)) {
      throw std::runtime_error(to_string(*why));
    }
    for (const auto& driver : drivers_) prepared_ = driver->prepare(bundle_, deadline);
  }
  [[nodiscard]] const std::string& image() const { return prepared_.location; }
  /// Until the last one's agent has said hello.
  Duration start_all() {
    Fleet fleet(stage_, count_);
    const auto asked = fleet.start(count_, limit_for(count_, kStartLimit));
    fleet.require_no_failure();
    auto last = asked;
    for (const auto& member : fleet.members()) {
      last = std::max(last, member.instance->stamps().at(Stamp::kReady).value());
    }
    fleet.stop(limit_for(count_, kStopLimit));
    fleet.require_no_failure();
    return last - asked;
  }

 private:
  Workbench workbench_;
  std::size_t count_;
  drivers::Bundle bundle_;
  drivers::Prepared prepared_;
  std::vector<std::unique_ptr<drivers::Driver>> drivers_;
  RunDefinition definition_;
  WorkloadDefinition workload_;
  Stage stage_{definition_,
               workload_,
               bundle_,
               prepared_,
               [this](std::size_t hand) -> drivers::Driver& { return *drivers_[hand]; },
               workbench_.clock(),
               [] { return host_room(); },
               [](const std::string&) {}};
};

/// So many `docker run` of the same image, one after the other in each of two shells, until the
/// last has returned: with --detach that is when its container has been started.
Duration two_shells(const std::string& image, std::size_t count) {
  constexpr std::size_t kShells = 2;
  const auto name = [](std::size_t i) { return fmt::format("strata-benchmark-{}", i); };
  std::atomic<bool> good = true;
  const auto start = monotonic_clock().now();
  {
    std::vector<std::jthread> shells;
    for (std::size_t shell = 0; shell < kShells; ++shell) {
      shells.emplace_back([&, shell] {
        for (std::size_t i = shell; i < count; i += kShells) {
          if (run_docker({"run", "--detach", "--interactive", "--name", name(i), "--network",
                          "none", "--entrypoint", "/strata/agent", image}) != 0) {
            good = false;
          }
        }
      });
    }
  }
  const auto took = since(start);
  std::vector<std::string> remove{"rm", "--force"};
  for (std::size_t i = 0; i < count; ++i) remove.push_back(name(i));
  if (run_docker(remove) != 0 || !good) throw std::runtime_error("docker run failed");
  return took;
}

void docker_burst(benchmark::State& state) {
  constexpr std::size_t kCount = 50;
  try {
    Burst burst(kCount);
    compare(state, {{"burst", [&] { return burst.start_all(); }},
                    {"two_shells", [&] { return two_shells(burst.image(), kCount); }}});
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

/// The same kernel, agent and modules booted by QEMU as most people would, up to the agent's
/// hello. A machine with emulated firmware, the packed kernel, and no device but the one to talk
/// through.
class PlainGuest {
 public:
  PlainGuest(const std::string& image, const std::string& accelerator)
      : words_{"qemu-system-x86_64",
               "-M",
               "q35",
               "-accel",
               accelerator == "tcg" ? "tcg" : "kvm",
               "-cpu",
               accelerator == "tcg" ? "max" : "host",
               "-m",
               "1024",
               "-nodefaults",
               "-no-reboot",
               "-display",
               "none",
               "-serial",
               "null",
               "-kernel",
               (drivers::kernel_folder("x86_64") / "vmlinuz").string(),
               "-initrd",
               image,
               "-append",
               "console=ttyS0 quiet panic=-1",
               "-device",
               "virtio-serial-pci",
               "-chardev",
               "socket,id=agent,fd=3",
               "-device",
               "virtserialport,chardev=agent,name=strata"} {}

  Duration boot() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::runtime_error("no socket pair");
    }
    const UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    std::vector<char*> argv;
    for (auto& word : words_) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
    pid_t pid = -1;
    const auto start = monotonic_clock().now();
    const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    theirs.reset();
    if (error != 0) throw std::runtime_error("QEMU could not be started");
    const bool came = await_hello(ours.get());
    const auto took = since(start);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    if (!came) throw std::runtime_error("the plain guest did not say hello");
    return took;
  }

 private:
  static bool await_hello(int fd) {
    constexpr std::size_t kByteAndHeader = 9;
    constexpr int kLongest = 60'000;
    std::array<char, 256> buffer{};
    for (std::size_t received = 0; received < kByteAndHeader;) {
      pollfd watched{fd, POLLIN, 0};
      if (::poll(&watched, 1, kLongest) <= 0) return false;
      const auto count = ::read(fd, buffer.data(), buffer.size());
      if (count <= 0) return false;
      received += static_cast<std::size_t>(count);
    }
    return true;
  }
  std::vector<std::string> words_;
};

/// CPU time of this process.
Duration own_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void guest_startup(benchmark::State& state) {
  std::unique_ptr<AgentAlone> q35;
  std::unique_ptr<AgentAlone> microvm;
  std::unique_ptr<AgentAlone> snapshot;
  try {
    q35 = std::make_unique<AgentAlone>("kvm");
    microvm = std::make_unique<AgentAlone>("kvm-microvm");
    snapshot = std::make_unique<AgentAlone>("kvm-snapshot");
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
    return;
  }
  state.SetLabel(microvm->fact("accelerator"));
  PlainGuest plain(q35->location(), microvm->fact("accelerator"));
  std::vector<double> own;
  compare(state, {{"microvm",
                   [&] {
                     const auto before = own_cpu();
                     const auto took = microvm->life(Stamp::kReady);
                     own.push_back(static_cast<double>((own_cpu() - before).count()));
                     return took;
                   }},
                  {"plain_q35", [&] { return plain.boot(); }},
                  {"q35", [&] { return q35->life(Stamp::kReady); }},
                  {"snapshot", [&] { return snapshot->life(Stamp::kReady); }}});
  state.counters["own_cpu_us"] = results::median(own) / 1000;
}

BENCHMARK(process_startup)->Name("process/startup")->Iterations(300)->Unit(benchmark::kMillisecond);
BENCHMARK(agent_start)->Name("agent/hello")->Iterations(300)->Unit(benchmark::kMillisecond);
BENCHMARK(guest_startup)->Name("guest/startup")->Iterations(15)->Unit(benchmark::kMillisecond);
BENCHMARK(docker_life)->Name("docker/life")->Iterations(40)->Unit(benchmark::kMillisecond);
BENCHMARK(docker_burst)->Name("docker/burst/50")->Iterations(15)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strata::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
