#include "plots/raw_result.h"

#include <zlib.h>

#include <fstream>
#include <iterator>

#include "plots/page_shell.h"
#include "results/vocabulary/error.h"

namespace strata::plots {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error("compress a result", "zlib does not start");
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw Error("compress a result", "zlib did not finish");
  return packed;
}

std::string raw_result(const std::filesystem::path& result, std::size_t limit) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(result, failed);
  if (failed) throw Error("read " + result.string(), failed.message());
  if (size > limit) return {};
  std::ifstream file(result, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw Error("read " + result.string(), "the file system refused");
  return base64(gzipped(text));
}

}  // namespace strata::plots
