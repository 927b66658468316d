// Compute: what programs do to text. One round before the timed ones warms up.

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <zstd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/registry.h"
#include "workloads/report.h"
#include "workloads/text.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kSize = 1UL << 20U;

/// zstd (RFC 8878) at its default level 3, in one piece, its context used again and again. Unit:
/// bytes of text per second. Peer: zstd -b3 with the same text.
void zstd_compress(benchmark::State& state) {
  constexpr int kLevel = 3;
  const auto text = sample_text(kSize);
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  std::vector<char> compressed(ZSTD_compressBound(kSize));
  std::size_t size = 0;
  const auto once = [&] {
    size = ZSTD_compressCCtx(context.get(), compressed.data(), compressed.size(), text.data(),
                             text.size(), kLevel);
  };
  once();
  for (auto _ : state) once();
  std::string back(kSize, '\0');
  if (ZSTD_isError(size) != 0 ||
      ZSTD_decompress(back.data(), back.size(), compressed.data(), size) != kSize || back != text) {
    return fail(state, "what zstd compressed does not come back");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  state.counters["ratio"] = static_cast<double>(kSize) / static_cast<double>(size);
  set_checksum(state, size);
}

/// The way back, as a stream, which is how zstd's own programs do it. Unit: bytes of text per
/// second. Peer: zstd -b3.
void zstd_decompress(benchmark::State& state) {
  constexpr int kLevel = 3;
  const auto text = sample_text(kSize);
  std::vector<char> compressed(ZSTD_compressBound(kSize));
  compressed.resize(
      ZSTD_compress(compressed.data(), compressed.size(), text.data(), text.size(), kLevel));
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  std::string back(kSize, '\0');
  const auto once = [&] {
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    ZSTD_outBuffer out{back.data(), back.size(), 0};
    while (in.pos < in.size && ZSTD_isError(ZSTD_decompressStream(context.get(), &out, &in)) == 0) {
    }
    benchmark::ClobberMemory();
  };
  once();
  for (auto _ : state) once();
  if (back != text) return fail(state, "what zstd decompressed is not what was compressed");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  set_checksum(state, compressed.size());
}

std::string sample_document() {
  Random random;
  const auto text = sample_text(kSize / 2);
  auto records = nlohmann::json::array();
  for (std::size_t at = 0; at + 100 < text.size(); at += 100) {
    records.push_back({{"id", at / 100},
                       {"score", static_cast<double>(random.below(1'000'000)) / 8},
                       {"good", random.below(2) == 0},
                       {"words", {text.substr(at, 40), text.substr(at + 40, 20)}},
                       {"rest", {{"text", text.substr(at + 60, 40)}, {"none", nullptr}}}});
  }
  return records.dump();
}

/// A document of 5,242 records parsed into a tree by nlohmann/json: branches, and many small pieces
/// of memory taken and given back. Unit: bytes per second.
void json_parse(benchmark::State& state) {
  const auto document = sample_document();
  std::uint64_t sum = 0;
  const auto once = [&] {
    const auto tree = nlohmann::json::parse(document);
    sum = tree.size() + tree.back()["id"].get<std::uint64_t>();
  };
  once();
  for (auto _ : state) once();
  constexpr std::uint64_t kRecords = 5242;
  if (sum != kRecords + kRecords - 1) fail(state, "the tree is not that of the document");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
  set_checksum(state, document.size() + sum);
}

/// Every mail address and date of 1 MiB of text, found by PCRE2's interpreter: its compiler to
/// machine code needs memory that is writable and executable, which a sandbox may refuse. Unit:
/// bytes per second.
void regular_expression(benchmark::State& state) {
  const auto text = sample_text(kSize);
  constexpr const char* kPattern = R"([a-z]+@[a-z]+\.[a-z]+|[0-9]{4}-[0-9]{2}-[0-9]{2})";
  int error = 0;
  PCRE2_SIZE place = 0;
  const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kPattern), PCRE2_ZERO_TERMINATED, 0, &error,
                    &place, nullptr),
      pcre2_code_free);
  if (!code) return fail(state, "compile a regular expression: PCRE2 refused");
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(code.get(), nullptr), pcre2_match_data_free);
  std::uint64_t found = 0;
  std::uint64_t matched = 0;
  const auto once = [&] {
    found = 0;
    matched = 0;
    for (PCRE2_SIZE at = 0; pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                        text.size(), at, 0, match.get(), nullptr) > 0;) {
      const auto* const bounds = pcre2_get_ovector_pointer(match.get());
      ++found;
      matched += bounds[1] - bounds[0];
      at = bounds[1];
    }
  };
  once();
  for (auto _ : state) once();
  // Two words in a hundred are such; a word and its separator are eight bytes or so.
  if (found < kSize / 1000 || found > kSize / 100) {
    fail(state, "the expression matched an unlikely number of times");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
  set_checksum(state, found * kSize + matched);
}

Description text_work(std::string name, std::string summary) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .metric = "bytes_per_second",
          .unit = "B/s",
          .higher_is_better = true};
}

const bool kCompress = add_workload(
    text_work("compute/zstd_compress/1MiB", "1 MiB of text compressed at level 3 (zstd)"),
    zstd_compress);
const bool kDecompress =
    add_workload(text_work("compute/zstd_decompress/1MiB", "1 MiB of text decompressed (zstd)"),
                 zstd_decompress);
const bool kJson = add_workload(
    text_work("compute/json_parse/1MB", "a document of 5,242 records into a tree (nlohmann/json)"),
    json_parse);
const bool kRegex = add_workload(
    text_work("compute/regular_expression/1MiB", "mail addresses and dates of a text (PCRE2)"),
    regular_expression);

}  // namespace
}  // namespace strata::workloads
