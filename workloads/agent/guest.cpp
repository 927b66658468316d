#include "workloads/agent/guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "workloads/wire/frame.h"
#include "workloads/wire/resume.h"

namespace strata::agent {
namespace {

constexpr auto kModuleList = "/strata/guest/modules";
constexpr auto kPorts = "/sys/class/virtio-ports";
constexpr std::string_view kPortName = "strata";
constexpr auto kDisks = "/sys/block";
constexpr auto kScratch = "/strata/scratch";
constexpr auto kNewRoot = "/root-disk";
/// What every new ext4 has in it; a program is to find its scratch folder empty.
constexpr auto kLostAndFound = "/strata/scratch/lost+found";
/// A device is there a moment after its driver is: the wait for one, in steps of a fifth of a
/// millisecond.
constexpr int kDeviceWaits = 50'000;
constexpr timespec kDeviceWait{0, 200'000};

/// Says on the console what went wrong; the host prints its end with whatever failed.
bool fail(const char* what, const char* on_what) {
  const int error = errno;
  std::string text = "strata-agent: could not ";
  text += what;
  text += ' ';
  text += on_what;
  text += ": ";
  text += std::strerror(error);
  text += '\n';
  // There is nobody to tell if the console does not take it.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  return false;
}

/// What a file holds; empty if there is none.
std::string file_text(const char* path) {
  std::string text;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  return text;
}

bool mount_at(const char* type, const char* place, const char* source, unsigned long flags) {
  ::mkdir(place, 0755);
  if (::mount(source, place, type, flags, nullptr) == 0 || errno == EBUSY) return true;
  return fail("mount", place);
}

bool load_module(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail("open module", path);
  const auto done = ::syscall(SYS_finit_module, fd, "", 0);
  const int error = errno;
  ::close(fd);
  errno = error;
  // One that is built into the kernel, or there already, is as good.
  return done == 0 || errno == EEXIST || fail("load module", path);
}

/// Loads the modules in the order of their list, one path a line.
bool load_modules() {
  auto list = file_text(kModuleList);
  char* line = list.data();
  while (*line != '\0') {
    char* const end = std::strchr(line, '\n');
    if (end != nullptr) *end = '\0';
    if (*line != '\0' && !load_module(line)) return false;
    if (end == nullptr) break;
    line = end + 1;
  }
  return true;
}

/// "/dev/vport1p1", once there is a port of our name; empty before.
std::string find_port() {
  DIR* const folder = ::opendir(kPorts);
  if (folder == nullptr) return {};
  std::string found;
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    auto name = file_text((std::string(kPorts) + "/" + entry->d_name + "/name").c_str());
    while (!name.empty() && name.back() == '\n') name.pop_back();
    if (name == kPortName) found = std::string("/dev/") + entry->d_name;
  }
  ::closedir(folder);
  return found;
}

bool take_port() {
  for (int i = 0; i < kDeviceWaits; ++i) {
    const auto path = find_port();
    const int fd = path.empty() ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      if (::dup2(fd, STDIN_FILENO) < 0 || ::dup2(fd, STDOUT_FILENO) < 0) return fail("use", "port");
      ::close(fd);
      return true;
    }
    if (!path.empty() && errno != ENOENT && errno != ENXIO) return fail("open", path.c_str());
    ::nanosleep(&kDeviceWait, nullptr);
  }
  errno = ENODEV;
  return fail("find", "a virtio port named strata");
}

/// "/dev/vdb", once there is a disk of that serial number; empty before. Which letter it has
/// depends on the type of the machine.
std::string find_disk(std::string_view serial) {
  DIR* const folder = ::opendir(kDisks);
  if (folder == nullptr) return {};
  std::string found;
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    // Without an end of line, unlike most files there.
    const auto own = file_text((std::string(kDisks) + "/" + entry->d_name + "/serial").c_str());
    if (own == serial) found = std::string("/dev/") + entry->d_name;
  }
  ::closedir(folder);
  return found;
}

/// Mounts the ext4 on the disk of that serial number, or else on its first partition.
bool mount_disk(const char* serial, const char* place, unsigned long flags) {
  std::string device;
  for (int i = 0; i < kDeviceWaits; ++i) {
    if (device.empty()) device = find_disk(serial);
    if (!device.empty()) {
      if (::mount(device.c_str(), place, "ext4", flags, nullptr) == 0) return true;
      if (errno == EINVAL) break;
      if (errno != ENOENT && errno != ENXIO) return fail("mount disk", device.c_str());
    }
    ::nanosleep(&kDeviceWait, nullptr);
  }
  if (device.empty()) {
    errno = ENODEV;
    return fail("find disk", serial);
  }
  // The kernel has read the partitions by now: the attempt has opened the disk.
  const auto partition = device + "1";
  if (::mount(partition.c_str(), place, "ext4", flags, nullptr) == 0) return true;
  return fail("find an ext4 on disk or in partition", partition.c_str());
}

sockaddr_in address_of(in_addr_t address) {
  sockaddr_in socket{};
  socket.sin_family = AF_INET;
  socket.sin_addr.s_addr = address;
  return socket;
}

void name_interface(ifreq& request, const char* name) {
  request = {};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
}

bool bring_up(int control, const char* name) {
  ifreq request;
  name_interface(request, name);
  if (::ioctl(control, SIOCGIFFLAGS, &request) != 0) return fail("find interface", name);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  return ::ioctl(control, SIOCSIFFLAGS, &request) == 0 || fail("bring up interface", name);
}

/// Takes "ADDRESS/BITS/GATEWAY" apart.
bool parse_network(const char* text, in_addr_t& address, in_addr_t& mask, in_addr_t& gateway) {
  const std::string_view whole(text);
  const auto first = whole.find('/');
  const auto second = whole.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  const long bits = std::strtol(text + first + 1, nullptr, 10);
  constexpr long kAddressBits = 32;
  if (bits < 1 || bits > kAddressBits) return false;
  mask = htonl(~std::uint32_t{0} << static_cast<unsigned>(kAddressBits - bits));
  in_addr own{};
  in_addr other{};
  if (::inet_aton(std::string(whole.substr(0, first)).c_str(), &own) == 0 ||
      ::inet_aton(text + second + 1, &other) == 0) {
    return false;
  }
  address = own.s_addr;
  gateway = other.s_addr;
  return true;
}

bool set_address(int control, const char* name, const char* text) {
  in_addr_t address = 0;
  in_addr_t mask = 0;
  in_addr_t gateway = 0;
  if (!parse_network(text, address, mask, gateway)) {
    errno = EINVAL;
    return fail("read STRATA_NETWORK", text);
  }
  ifreq request;
  name_interface(request, name);
  const auto set = [&](unsigned long what, in_addr_t value) {
    const auto socket = address_of(value);
    std::memcpy(&request.ifr_addr, &socket, sizeof socket);
    return ::ioctl(control, what, &request) == 0;
  };
  if (!set(SIOCSIFADDR, address) || !set(SIOCSIFNETMASK, mask)) return fail("set address", text);
  if (!bring_up(control, name)) return false;
  rtentry route{};
  const auto destination = address_of(INADDR_ANY);
  const auto by = address_of(gateway);
  std::memcpy(&route.rt_dst, &destination, sizeof destination);
  std::memcpy(&route.rt_genmask, &destination, sizeof destination);
  std::memcpy(&route.rt_gateway, &by, sizeof by);
  route.rt_flags = RTF_UP | RTF_GATEWAY;
  return ::ioctl(control, SIOCADDRT, &route) == 0 || fail("set route by", text);
}

/// Sends an empty packet to the address that STRATA_ANNOUNCE names: what carries a guest's packets
/// may know where it is from its first one only. Nobody has to receive it.
void announce() {
  const char* const gateway = std::getenv("STRATA_ANNOUNCE");
  if (gateway == nullptr) return;
  in_addr address{};
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::inet_aton(gateway, &address) != 0) {
    constexpr in_port_t kDiscard = 9;
    auto name = address_of(address.s_addr);
    name.sin_port = htons(kDiscard);
    ::sendto(fd, nullptr, 0, 0, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  ::close(fd);
}

bool set_up_network() {
  const int control = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) return fail("open", "a socket");
  bool done = bring_up(control, "lo");
  const char* const network = std::getenv("STRATA_NETWORK");
  if (done && network != nullptr && *network != '\0') done = set_address(control, "eth0", network);
  ::close(control);
  announce();
  return done;
}

bool refresh_entropy(std::span<const std::byte> bytes) {
  struct {
    int bits = 0;
    int size = 0;
    std::array<std::byte, wire::kResumeEntropy> bytes{};
  } pool;
  static_assert(sizeof pool == 2 * sizeof(int) + wire::kResumeEntropy);
  pool.bits = static_cast<int>(8 * bytes.size());
  pool.size = static_cast<int>(bytes.size());
  std::memcpy(pool.bytes.data(), bytes.data(), bytes.size());
  const int fd = ::open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail("open", "/dev/urandom");
  const bool done =
      ::ioctl(fd, RNDADDENTROPY, &pool) == 0 && ::ioctl(fd, RNDRESEEDCRNG, nullptr) == 0;
  if (!done) fail("reseed", "/dev/urandom");
  ::close(fd);
  return done;
}

}  // namespace

bool is_guest_init(std::string_view own_name) { return own_name == "/init" && ::getpid() == 1; }

void mark_console() {
  // Without a console there is no mark; what follows will tell.
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, &wire::kConsoleMark, 1);
}

bool connect_guest() {
  return mount_at("devtmpfs", "/dev", "devtmpfs", MS_NOSUID) &&
         mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC) &&
         mount_at("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC) && load_modules() &&
         take_port() && set_up_network();
}

bool enter_root() {
  const char* const disk = std::getenv("STRATA_ROOT");
  if (disk == nullptr) return true;
  ::mkdir(kNewRoot, 0755);
  if (!mount_disk(disk, kNewRoot, 0)) return false;
  for (const std::string folder : {"/dev", "/proc", "/sys", "/strata"}) {
    const auto place = kNewRoot + folder;
    ::mkdir(place.c_str(), 0755);
    // The bundle is a folder of the initramfs, the others are mounts.
    const auto how = folder == "/strata" ? MS_BIND : MS_MOVE;
    if (::mount(folder.c_str(), place.c_str(), nullptr, how, nullptr) != 0) {
      return fail("move to the root disk:", folder.c_str());
    }
  }
  // An initramfs can't be pivoted away from; what the kernel's documentation of it says instead.
  if (::chdir(kNewRoot) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      ::chroot(".") != 0 || ::chdir("/") != 0) {
    return fail("enter", kNewRoot);
  }
  return true;
}

bool mount_scratch() {
  const char* const disk = std::getenv("STRATA_DISK");
  if (disk == nullptr) return true;
  if (!mount_disk(disk, kScratch, MS_NOSUID | MS_NODEV)) return false;
  ::rmdir(kLostAndFound);
  return true;
}

bool waits_for_resume() { return std::getenv("STRATA_SNAPSHOT") != nullptr; }

bool resume_guest(std::span<const std::byte> payload) {
  wire::Resume resume;
  if (!wire::decode_resume(payload, resume)) return false;
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const timespec now{static_cast<time_t>(resume.realtime_ns / kSecond),
                     static_cast<long>(resume.realtime_ns % kSecond)};
  if (::clock_settime(CLOCK_REALTIME, &now) != 0) return fail("set", "the clock");
  ::setenv("STRATA_RUN_ID", std::string(resume.run_id).c_str(), 1);
  announce();
  return refresh_entropy(resume.entropy);
}

void power_off() {
  // The host ends the virtual machine at a reset, on every type of machine alike; nothing on its
  // disks is kept.
  ::reboot(RB_AUTOBOOT);
  for (;;) ::pause();
}

}  // namespace strata::agent
