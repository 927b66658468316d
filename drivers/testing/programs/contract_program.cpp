// What the tests of drivers run inside instances. The first argument says what it does; without
// one that it knows it exits with 99. C++ without its library: it starts in every kind of sandbox.

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int kUnknown = 99;

int copy_input() {
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count <= 0) return count == 0 ? 0 : 1;
    if (::fwrite(buffer, 1, static_cast<size_t>(count), stdout) != static_cast<size_t>(count)) {
      return 1;
    }
  }
}

int print_many(FILE* stream, long count) {
  for (long i = 0; i < count; ++i) {
    if (::fputc('x', stream) == EOF) return 1;
  }
  return 0;
}

int show_file(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 && ::dup2(fd, STDIN_FILENO) >= 0 ? copy_input() : 1;
}

int wait_for_ever() {
  for (;;) ::pause();
}

int say_and_wait(const char* text) {
  if (::puts(text) < 0 || ::fflush(stdout) != 0) return 1;
  return wait_for_ever();
}

/// Leaves a process behind that does not go away by itself, and no trace of it in our own session.
int leave_child() {
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    ::setsid();
    return wait_for_ever();
  }
  return 0;
}

int list_folder() {
  DIR* const folder = ::opendir(".");
  if (folder == nullptr) return 1;
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') ::puts(entry->d_name);
  }
  ::closedir(folder);
  return 0;
}

int make_file(const char* name) {
  const int fd = ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return 1;
  return ::close(fd);
}

int print_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) ::printf("%u\n", cpu);
  }
  return 0;
}

/// Writes so many MiB to a file, all the way to the disk.
int fill_disk(long mebibytes) {
  const int fd = ::open("fill", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  static char block[1 << 20];
  ::memset(block, 'x', sizeof block);
  bool done = fd >= 0;
  for (long i = 0; done && i < mebibytes; ++i) {
    ssize_t count = 1;
    for (size_t written = 0; count > 0 && written < sizeof block;) {
      count = ::write(fd, block + written, sizeof block - written);
      if (count > 0) written += static_cast<size_t>(count);
    }
    done = count > 0;
  }
  if (done && ::fsync(fd) == 0 && ::close(fd) == 0) return 0;
  ::perror("fill");
  return 1;
}

/// Has the first process of a virtual machine, our parent, die: writes nonsense over its code. A
/// signal would not do: the kernel keeps them from an init. Nowhere else.
int crash_init() {
  if (::getppid() != 1 || ::access("/strata/guest/modules", F_OK) != 0) return kUnknown;
  static char maps[4096];
  const int list = ::open("/proc/1/maps", O_RDONLY | O_CLOEXEC);
  if (::read(list, maps, sizeof maps - 1) <= 0) return 1;
  unsigned long begin = 0;
  unsigned long end = 0;
  char rights[8] = "";
  for (const char* line = maps; line != nullptr; line = ::strchr(line, '\n')) {
    if (*line == '\n') ++line;
    if (::sscanf(line, "%lx-%lx %4s", &begin, &end, rights) != 3) return 1;
    if (rights[2] == 'x') break;
  }
  const int memory = ::open("/proc/1/mem", O_WRONLY | O_CLOEXEC);
  static char nonsense[1 << 16];
  for (; begin < end; begin += sizeof nonsense) {
    const size_t size = end - begin < sizeof nonsense ? end - begin : sizeof nonsense;
    if (::pwrite(memory, nonsense, size, static_cast<off_t>(begin)) < 0) return 1;
  }
  return 0;  // our end is what it wakes up to
}

/// A socket's address and port, of IPv4.
sockaddr_in name_of(const char* address, const char* port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<unsigned short>(::atoi(port)));
  ::inet_aton(address, &name.sin_addr);
  return name;
}

/// Prints what a server says.
int connect_to(const char* address, const char* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto name = name_of(address, port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    ::perror("connect");
    return 1;
  }
  if (::dup2(fd, STDIN_FILENO) < 0) return 1;
  return copy_input();
}

/// Says so once it listens, and answers one client's first byte with a text.
int serve_once(const char* port, const char* text) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto name = name_of("0.0.0.0", port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::listen(fd, 1) != 0) {
    ::perror("listen");
    return 1;
  }
  if (::puts("listening") < 0 || ::fflush(stdout) != 0) return 1;
  const int client = ::accept(fd, nullptr, nullptr);
  char asked = 0;
  if (::read(client, &asked, 1) != 1) return 1;
  const auto size = static_cast<ssize_t>(::strlen(text));
  return ::write(client, text, static_cast<size_t>(size)) == size ? 0 : 1;
}

/// Thirty-two digits that nobody else should get.
int print_random() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) return 1;
  for (const unsigned byte : bytes) ::printf("%02x", byte);
  return ::puts("") >= 0 ? 0 : 1;
}

int print_clock() {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return 1;
  return ::printf("%lld\n", static_cast<long long>(now.tv_sec)) > 0 ? 0 : 1;
}

int raise_signal(int number) {
  // What the kernel would store of us in a file is of no use to anyone.
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(number, SIG_DFL);  // a sanitizer has handlers of its own, which exit
  ::raise(number);
  return wait_for_ever();
}

}  // namespace

int main(int argc, char** argv) {
  const char* const what = argc > 1 ? argv[1] : "";
  const char* const value = argc > 2 ? argv[2] : "";
  const auto is = [&](const char* name) { return ::strcmp(what, name) == 0; };
  if (is("exit")) return ::atoi(value);
  if (is("signal")) return raise_signal(::atoi(value));
  if (is("copy")) return copy_input();
  if (is("print")) return print_many(stdout, ::atol(value));
  if (is("complain")) return print_many(stderr, ::atol(value));
  if (is("wait")) return wait_for_ever();
  if (is("say-and-wait")) return say_and_wait(value);
  if (is("leave-child")) return leave_child();
  if (is("leave-child-and-wait")) return leave_child() == 0 ? wait_for_ever() : 1;
  if (is("list")) return list_folder();
  if (is("show")) return show_file(value);
  if (is("make")) return make_file(value);
  if (is("cpus")) return print_cpus();
  if (is("fill")) return fill_disk(::atol(value));
  if (is("crash-init")) return crash_init();
  if (is("connect") && argc > 3) return connect_to(value, argv[3]);
  if (is("serve") && argc > 3) return serve_once(value, argv[3]);
  if (is("random")) return print_random();
  if (is("clock")) return print_clock();
  if (is("environment")) {
    const char* const content = ::getenv(value);
    return content != nullptr && ::puts(content) >= 0 ? 0 : 1;
  }
  if (is("arguments")) {
    for (int i = 2; i < argc; ++i) ::puts(argv[i]);
    return 0;
  }
  return kUnknown;
}
