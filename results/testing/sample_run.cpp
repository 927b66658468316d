#include "results/testing/sample_run.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <utility>

namespace strata::results::testing {
namespace {

std::string any_text(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces{"a",
                                                "Z",
                                                "0",
                                                " ",
                                                "\"",
                                                "\\",
                                                "/",
                                                "\n",
                                                "\t",
                                                "\x01",
                                                "\x7f",
                                                "ü",
                                                "€",
                                                "𝄞",
                                                "'",
                                                "{\"a\":1}",
                                                "]",
                                                ",",
                                                std::string(1, '\0'),
                                                "@"};
  std::string text;
  for (auto count = random() % 12; count > 0; --count) text += kPieces[random() % kPieces.size()];
  return text;
}

double any_finite(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return static_cast<double>(random() % 1000);
    case 1:
      return static_cast<double>(random()) * 0x1p-30;
    default:
      for (;;) {
        const auto value = std::bit_cast<double>(random());
        if (std::isfinite(value)) return value;
      }
  }
}

}  // namespace

RunHeader sample_header() {
  RunHeader header;
  header.run_id = "0123456789abcdef";
  header.started_utc = "2026-03-01T12:00:00Z";
  header.strata_version = "0.1.0";
  header.suite = "quick";
  header.command_line = "strata run 'a \"suite\".toml'";
  header.seed = UINT64_MAX;
  header.baseline = "process";
  header.blocks = 7;
  header.plan = {{"compute/sha256/1MiB", "process", false, 0},
                 {"compute/sha256/1MiB", "docker", false, 0},
                 {"compute/sha256/1MiB", "process", true, 0},
                 {"os/getppid", "docker", false, 1}};
  header.targets = {{"process", "process", {}, {{"kernel", "6.1"}}},
                    {"docker", "docker", {{"runtime", "runc"}}, {{"engine", "20.10"}}}};
  header.bundle_digests = {{"compute/sha256/1MiB", "aa11"}, {"os/getppid", "bb22"}};
  header.unavailable_targets = {{"kvm", {"open /dev/kvm", "No such file", "load kvm_intel"}}};
  header.environment.facts = {
      {"cpu.model", "A CPU"},        {"cpu.online", "2"},     {"cpu.mhz", "2600.5"},
      {"cpu.governor", "powersave"}, {"host.name", "lab"},    {"load.1m", "0.25"},
      {"build.type", "Release"},     {"cache.0.level", "1"},  {"cache.0.type", "Data"},
      {"cache.0.size", "49152"},     {"cache.0.sharing", "2"}};
  header.environment.environment_class = "00112233";
  header.definition = "{\"name\":\"quick\"}";
  return header;
}

Trial sample_trial(const std::string& workload, const std::string& target, std::uint32_t block) {
  Trial trial;
  trial.workload = workload;
  trial.target = target;
  trial.block = block;
  trial.order = 3 * block;
  const TimePoint requested(std::chrono::hours(50));
  for (std::size_t i = 0; i < kStampCount; ++i) {
    if (static_cast<Stamp>(i) == Stamp::kKernel) continue;
    trial.stamps.set(static_cast<Stamp>(i), requested + Duration(1000 * i + block));
  }
  trial.stamps.signal_round_trip = Duration(777);
  trial.metrics = {{"real_time", 100.25 + block, "ns", Better::kLower},
                   {"cpu_time", 99.5, "ns", Better::kLower},
                   {"iterations", 5e6, "", Better::kHigher},
                   {"bytes_per_second", 1e9 / 3, "B/s", Better::kHigher}};
  trial.program_digest = "9f86d081884c7d65";
  trial.checksum = "4294967291";
  trial.sample = R"({"exited":true,"exit_code":0})";
  return trial;
}

Trial any_trial(std::mt19937_64& random) {
  Trial trial;
  trial.workload = any_text(random);
  trial.target = any_text(random);
  trial.control = random() % 2 == 0;
  trial.block = static_cast<std::uint32_t>(random());
  trial.order = static_cast<std::uint32_t>(random());
  if (random() % 8 != 0) {
    const TimePoint requested(Duration(static_cast<std::int64_t>(random() >> 10U)));
    trial.stamps.set(Stamp::kRequested, requested);
    for (std::size_t i = 1; i < kStampCount; ++i) {
      const auto since = static_cast<std::int64_t>(random() >> (12 + random() % 50));
      if (random() % 3 != 0) trial.stamps.set(static_cast<Stamp>(i), requested + Duration(since));
    }
  }
  if (random() % 2 == 0) trial.stamps.signal_round_trip = Duration(random() % 100'000);
  for (auto count = random() % 10; count > 0; --count) {
    auto name = any_text(random) + std::to_string(count);  // unique
    trial.metrics.push_back({std::move(name), any_finite(random), any_text(random),
                             random() % 2 == 0 ? Better::kLower : Better::kHigher});
  }
  trial.program_digest = any_text(random);
  if (random() % 2 == 0) trial.checksum = any_text(random);
  trial.sample = any_text(random);
  if (random() % 4 == 0) {
    trial.failure = Failure{any_text(random), any_text(random), any_text(random)};
  }
  return trial;
}

Trial as_stored(Trial trial) {
  Stamps stamps;
  stamps.signal_round_trip = trial.stamps.signal_round_trip;
  for (std::size_t i = 0; i < kStampCount; ++i) {
    const auto since = trial.stamps.between(Stamp::kRequested, static_cast<Stamp>(i));
    if (since) stamps.set(static_cast<Stamp>(i), TimePoint(*since));
  }
  trial.stamps = stamps;
  std::erase_if(trial.metrics, [](const Metric& metric) { return !std::isfinite(metric.value); });
  return trial;
}

Trial as_in_result(Trial trial) {
  trial = as_stored(std::move(trial));
  trial.sample.clear();
  // A row counts from `requested`; without anything counted there is none.
  bool any = false;
  for (std::size_t i = 1; i < kStampCount; ++i) {
    any = any || trial.stamps.at(static_cast<Stamp>(i));
  }
  if (!any) {
    const auto round_trip = trial.stamps.signal_round_trip;
    trial.stamps = {};
    trial.stamps.signal_round_trip = round_trip;
  }
  return trial;
}

void expect_equal(const Trial& actual, const Trial& expected) {
  EXPECT_EQ(actual.workload, expected.workload);
  EXPECT_EQ(actual.target, expected.target);
  EXPECT_EQ(actual.control, expected.control);
  EXPECT_EQ(actual.block, expected.block);
  EXPECT_EQ(actual.order, expected.order);
  EXPECT_TRUE(actual.stamps == expected.stamps);
  ASSERT_EQ(actual.metrics.size(), expected.metrics.size());
  for (std::size_t i = 0; i < actual.metrics.size(); ++i) {
    EXPECT_EQ(actual.metrics[i], expected.metrics[i]);
    EXPECT_EQ(std::signbit(actual.metrics[i].value), std::signbit(expected.metrics[i].value));
  }
  EXPECT_EQ(actual.program_digest, expected.program_digest);
  EXPECT_EQ(actual.checksum, expected.checksum);
  EXPECT_EQ(actual.sample, expected.sample);
  EXPECT_EQ(actual.failure, expected.failure);
}

void expect_equal(const RunHeader& actual, const RunHeader& expected) {
  EXPECT_EQ(actual.schema, expected.schema);
  EXPECT_EQ(actual.run_id, expected.run_id);
  EXPECT_EQ(actual.started_utc, expected.started_utc);
  EXPECT_EQ(actual.strata_version, expected.strata_version);
  EXPECT_EQ(actual.suite, expected.suite);
  EXPECT_EQ(actual.command_line, expected.command_line);
  EXPECT_EQ(actual.seed, expected.seed);
  EXPECT_EQ(actual.baseline, expected.baseline);
  EXPECT_EQ(actual.blocks, expected.blocks);
  EXPECT_EQ(actual.plan, expected.plan);
  EXPECT_EQ(actual.targets, expected.targets);
  EXPECT_EQ(actual.bundle_digests, expected.bundle_digests);
  EXPECT_EQ(actual.unavailable_targets, expected.unavailable_targets);
  EXPECT_EQ(actual.environment, expected.environment);
  EXPECT_EQ(actual.definition, expected.definition);
}

}  // namespace strata::results::testing
