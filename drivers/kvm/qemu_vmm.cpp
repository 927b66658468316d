#include "drivers/kvm/qemu_vmm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "drivers/child_process.h"
#include "drivers/fd_stream.h"
#include "drivers/kvm/owned_start.h"
#include "drivers/kvm/qemu_command.h"
#include "drivers/kvm/qmp_client.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

/// A QEMU that has closed a stream is about to end, and says so within this time.
constexpr auto kLastWords = std::chrono::seconds(2);
constexpr auto kMigrationPoll = std::chrono::milliseconds(2);

struct SocketPair {
  SocketPair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw system_error("make a socket pair for QEMU", errno);
    }
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
  UniqueFd ours;
  UniqueFd theirs;
};

/// A file of memory for what QEMU prints.
UniqueFd output_file() {
  UniqueFd fd(::memfd_create("strata-qemu-output", MFD_CLOEXEC));
  if (!fd) throw system_error("make a file for what QEMU prints", errno);
  return fd;
}

UniqueFd null_device() {
  UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!fd) throw system_error("open /dev/null", errno);
  return fd;
}

class QemuGuest final : public Guest {
 public:
  /// `descriptors` is what QEMU gets behind its input, output and error output.
  QemuGuest(const std::string& program, std::vector<std::string> arguments,
            const std::vector<std::string>& environment, const std::vector<std::uint32_t>& cpus,
            UniqueFd monitor, const std::vector<int>& descriptors)
      : output_(output_file()), monitor_(std::move(monitor), "QEMU's monitor") {
    const auto null = null_device();
    std::vector<int> all{null.get(), null.get(), output_.get()};
    all.insert(all.end(), descriptors.begin(), descriptors.end());
    process_.emplace(start_owned({program, std::move(arguments), environment, all, cpus}));
  }

  /// The file of the state, as QEMU numbers it and as we do.
  void use_state(int descriptor, int ours, bool is_restored) {
    state_ = fmt::format("fd:{}", descriptor);
    state_fd_ = ours;
    is_restored_ = is_restored;
  }
  /// Waits for the greeting.
  void greet(Deadline deadline) { created_at_ = qmp_.greet(deadline); }

  /// "7.2.22 (Debian 1:7.2+dfsg-7)"
  std::string ask_version(Deadline deadline) {
    greet(deadline);
    const auto answer = qmp_.execute("query-version", Json::object(), deadline);
    const auto number = answer.value("qemu", Json::object());
    const auto package = answer.value("package", std::string());
    return fmt::format("{}.{}.{}{}{}", number.value("major", 0), number.value("minor", 0),
                       number.value("micro", 0), package.empty() ? "" : " ", package);
  }

  [[nodiscard]] pid_t pid() const override { return process_->pid(); }
  [[nodiscard]] TimePoint created_at() const override { return created_at_; }

  void begin(Deadline deadline) override {
    if (is_restored_) {
      ignore_shared_memory(deadline);
      qmp_.execute("migrate-incoming", {{"uri", state_}}, deadline);
      await_migration("restore a guest's state", deadline);
    }
    qmp_.execute("cont", Json::object(), deadline);
  }

  std::vector<pid_t> vcpu_threads(Deadline deadline) override {
    const auto cpus = qmp_.execute("query-cpus-fast", Json::object(), deadline);
    std::vector<pid_t> threads;
    for (const auto& cpu : cpus) {
      const auto thread = cpu.is_object() ? cpu.value("thread-id", Json()) : Json();
      if (thread.is_number_integer()) threads.push_back(thread.get<pid_t>());
    }
    return threads;
  }

  void save(Deadline deadline) override {
    ignore_shared_memory(deadline);
    // What QEMU writes to has to come over its monitor; what it reads from need not.
    send_descriptor(state_fd_);
    qmp_.execute("getfd", {{"fdname", "state"}}, deadline);
    qmp_.execute("migrate", {{"uri", "fd:state"}}, deadline);
    await_migration("save a guest's state", deadline);
  }

  std::uint16_t forwarded_port(std::uint16_t guest_port, Deadline deadline) override {
    const auto text =
        qmp_.execute("human-monitor-command", {{"command-line", "info usernet"}}, deadline);
    const auto port = text.is_string()
                          ? forwarded_port_in(text.get_ref<const std::string&>(), guest_port)
                          : std::nullopt;
    if (port) return *port;
    throw Error("ask QEMU for the port that leads to the guest",
                fmt::format("it says: {}", printable(text.dump())));
  }

  std::optional<std::string> wait_for_end(Deadline deadline) override {
    const auto end = process_->wait(deadline);
    if (!end) throw DeadlineExceeded("wait for QEMU's end", "it did not end before the deadline");
    process_->reap();
    if (end->exited && end->number == 0) return std::nullopt;
    return describe(*end);
  }

  std::string disk_error() override {
    look_at_events(Deadline::after(monotonic_clock(), kLastWords), false);
    return describe_disk_error(events_);
  }

  std::string last_words() override {
    const auto deadline = Deadline::after(monotonic_clock(), kLastWords);
    std::vector<std::string> words;
    const auto add = [&](std::string text) {
      if (!text.empty()) words.push_back(std::move(text));
    };
    // One that lives on has nothing to say: then its events are all there is.
    const bool is_reaped = process_->is_reaped();
    const Deadline brief = deadline.at_most(std::chrono::milliseconds(300));
    const auto end = is_reaped ? std::nullopt : process_->wait(brief);
    look_at_events(deadline, end.has_value());
    add(describe_end(events_));
    if (end && !(end->exited && end->number == 0)) {
      const auto how = describe(*end);
      add("QEMU: " + how);
    }
    add(printable(printed(), 1000));
    return fmt::format("{}", fmt::join(words, "; "));
  }

 private:
  void look_at_events(Deadline deadline, bool until_end) {
    auto events = qmp_.take_events(deadline, until_end);
    std::move(events.begin(), events.end(), std::back_inserter(events_));
  }

  /// What QEMU has printed so far.
  [[nodiscard]] std::string printed() const {
    std::array<char, 2000> text;
    const auto count = ::pread(output_.get(), text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

  /// QEMU keeps a descriptor that comes beside any byte for the next command that asks for one.
  void send_descriptor(int fd) const {
    char blank = ' ';
    iovec bytes{&blank, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fd)> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (::sendmsg(monitor_.fd(), &message, MSG_NOSIGNAL) != 1) {
      throw system_error("send QEMU a descriptor", errno);
    }
  }

  void ignore_shared_memory(Deadline deadline) {
    qmp_.execute("migrate-set-capabilities",
                 {{"capabilities", {{{"capability", "x-ignore-shared"}, {"state", true}}}}},
                 deadline);
  }

  void await_migration(const std::string& tried, Deadline deadline) {
    for (;;) {
      const auto answer = qmp_.execute("query-migrate", Json::object(), deadline);
      const auto status = answer.value("status", std::string());
      if (status == "completed") return;
      if (status == "failed" || status == "cancelled") {
        throw Error(tried, fmt::format("QEMU says: {} {}", status,
                                       printable(answer.value("error-desc", std::string()))));
      }
      std::this_thread::sleep_for(kMigrationPoll);
    }
  }

  UniqueFd output_;
  std::optional<ChildProcess> process_;
  FdStream monitor_;
  QmpClient qmp_{monitor_};
  std::vector<QmpEvent> events_;  ///< all that have been looked at
  TimePoint created_at_;
  bool is_restored_ = false;
  std::string state_;  ///< where QEMU restores its state from
  int state_fd_ = -1;  ///< where it saves it to
};

}  // namespace

std::string QemuVmm::version(Deadline deadline) try {
  SocketPair monitor;
  QemuGuest qemu(program_,
                 {"-machine", "none", "-nodefaults", "-no-user-config", "-display", "none", "-S",
                  "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control"},
                 {}, {}, std::move(monitor.ours), {monitor.theirs.get()});
  monitor.theirs.reset();
  return qemu.ask_version(deadline);
} catch (const Error& error) {
  throw Error(fmt::format("ask {} for its version", program_), to_string(error.failure()),
              "install it: apt-get install qemu-system-x86 qemu-system-arm");
}

std::unique_ptr<Guest> QemuVmm::create(const GuestDefinition& definition, GuestChannels& channels,
                                       Deadline deadline) {
  SocketPair monitor;
  SocketPair agent;
  SocketPair console;
  std::vector<int> descriptors;
  const auto number_of = [&](int fd) {
    constexpr std::size_t kFirst = 3;  // behind input, output and error output
    descriptors.push_back(fd);
    return static_cast<int>(kFirst + descriptors.size() - 1);
  };
  QemuDescriptors numbers;
  numbers.monitor = number_of(monitor.theirs.get());
  numbers.agent = number_of(agent.theirs.get());
  numbers.console = number_of(console.theirs.get());
  if (definition.state_fd >= 0) numbers.state = number_of(definition.state_fd);
  if (definition.network.fd >= 0) numbers.network = number_of(definition.network.fd);
  if (definition.network.vhost_fd >= 0) numbers.vhost = number_of(definition.network.vhost_fd);
  auto guest = std::make_unique<QemuGuest>(program_, qemu_arguments(definition, numbers),
                                           definition.environment, definition.cpus,
                                           std::move(monitor.ours), descriptors);
  if (numbers.state >= 0)
    guest->use_state(numbers.state, definition.state_fd, definition.is_restored);
  // Ours are closed, so that a stream ends when QEMU does.
  for (auto* const pair : {&monitor, &agent, &console}) pair->theirs.reset();
  try {
    guest->greet(deadline);
  } catch (const DeadlineExceeded&) {
    throw;
  } catch (const Error& error) {
    throw Error("create a virtual machine",
                fmt::format("{}; {}", error.failure().said, guest->last_words()));
  }
  channels = {std::move(agent.ours), std::move(console.ours)};
  return guest;
}

}  // namespace strata::drivers
