// Takes the place of a fuzz entry in its test: writes each input that the test feeds into the
// folder STRATA_CORPUS, named by its content. So a fuzzer begins with what the test knows.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const char* const folder = std::getenv("STRATA_CORPUS");
  if (folder == nullptr) {
    std::fputs("STRATA_CORPUS has to name the folder to write to\n", stderr);
    std::exit(2);
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto name = std::to_string(std::hash<std::string_view>()(bytes));
  std::ofstream file(std::string(folder) + "/" + name, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) {
    std::fprintf(stderr, "could not write to %s: is the disk full?\n", folder);
    std::exit(1);
  }
  return 0;
}
