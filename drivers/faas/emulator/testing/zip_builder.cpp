#include "drivers/faas/emulator/testing/zip_builder.h"

#include <zip.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace strata::drivers::faas::emulator::testing {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("build a zip: ") + what);
}

}  // namespace

std::string build_zip(const std::vector<ZipEntry>& entries) {
  auto* const target = ::zip_source_buffer_create(nullptr, 0, 0, nullptr);
  require(target != nullptr, "no target");
  ::zip_source_keep(target);
  auto* const zip = ::zip_open_from_source(target, ZIP_TRUNCATE, nullptr);
  require(zip != nullptr, "can't open");
  for (const auto& entry : entries) {
    auto* const source = ::zip_source_buffer(zip, entry.content.data(), entry.content.size(), 0);
    const auto index = ::zip_file_add(zip, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    require(index >= 0, "can't add");
    ::zip_file_set_external_attributes(zip, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                       static_cast<zip_uint32_t>(entry.mode) << 16U);
  }
  require(::zip_close(zip) == 0, "can't close");
  require(::zip_source_open(target) == 0, "can't read it again");
  std::string bytes;
  char buffer[4096];
  for (;;) {
    const auto count = ::zip_source_read(target, buffer, sizeof buffer);
    require(count >= 0, "can't read");
    if (count == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  ::zip_source_close(target);
  ::zip_source_free(target);
  return bytes;
}

std::string bootstrap_zip(const std::string& program) {
  std::ifstream file(program, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  require(!bytes.empty(), "there is no bootstrap");
  return build_zip({{"bootstrap", bytes, S_IFREG | 0755}});
}

}  // namespace strata::drivers::faas::emulator::testing
