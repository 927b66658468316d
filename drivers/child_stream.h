#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "drivers/byte_stream.h"
#include "drivers/fd_stream.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// The two ends of a conversation with an agent, before it has its own: `theirs` becomes its input
/// and output, `side` its error output. Made by the constructor, which throws Error.
struct ChildEnds {
  ChildEnds();
  UniqueFd ours;
  UniqueFd theirs;
  UniqueFd side;  ///< a file
};

/// Our end, with what the agent printed on stderr as side output.
class ChildStream final : public ByteStream {
 public:
  ChildStream(UniqueFd socket, UniqueFd side)
      : socket_(std::move(socket), "the agent"), side_(std::move(side)) {}

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return socket_.arrival(); }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override {
    socket_.write_all(bytes, deadline);
  }
  [[nodiscard]] std::string_view side_output() const override;
  void close() { socket_.close(); }
  [[nodiscard]] bool has_ended() const { return ended_; }

 private:
  FdStream socket_;
  UniqueFd side_;
  bool ended_ = false;
  mutable std::array<char, 4096> text_{};
};

}  // namespace strata::drivers
