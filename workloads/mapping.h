#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

namespace strata::workloads {

/// Owns anonymous private memory straight from the kernel: page by page as it is touched.
/// Move-only.
class Mapping {
 public:
  Mapping() noexcept = default;
  /// Empty (operator bool) if the kernel refuses; errno says why.
  explicit Mapping(std::size_t size) noexcept : size_(size) {
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) memory_ = memory;
  }
  Mapping(Mapping&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (memory_ != nullptr) ::munmap(memory_, size_);
  }

  explicit operator bool() const noexcept { return memory_ != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  template <typename T>
  [[nodiscard]] T* as() const noexcept {
    return static_cast<T*>(memory_);
  }
  /// madvise over all of it; false and errno if the kernel refuses.
  bool advise(int advice) const noexcept { return ::madvise(memory_, size_, advice) == 0; }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace strata::workloads
