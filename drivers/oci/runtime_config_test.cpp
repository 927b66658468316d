#include "drivers/oci/runtime_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "drivers/oci/oci_driver.h"
#include "drivers/oci/private_mounts.h"
#include "drivers/oci/system_call_filter.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

Target target_with(std::map<std::string, std::string> options) {
  for (const auto& option : kOciDriverEntry.options) {
    options.try_emplace(std::string(option.name), option.default_value);
  }
  return {"t", "oci", std::move(options), {}};
}

RuntimeRecipe recipe() {
  return {.id = "strata-oci.run-1.2",
          .run_id = "run-1",
          .root = "/run/1/root",
          .scratch = "/run/1/scratch",
          .limits = {},
          .own_capabilities = 0b101};
}

Json config_of(std::map<std::string, std::string> options, const Json& filter = nullptr) {
  return runtime_config(target_with(std::move(options)), recipe(), filter);
}

Json scratch_mount(const Json& config) {
  for (const auto& mount : config["mounts"]) {
    if (mount["destination"] == "/strata/scratch") return mount;
  }
  return nullptr;
}

TEST(RuntimeConfigTest, TheDefaultsAreTheEngines) {
  const auto config = config_of({});
  EXPECT_EQ(config["process"]["args"], Json({"/strata/agent"}));
  EXPECT_EQ(config["process"]["noNewPrivileges"], true);
  EXPECT_EQ(config["process"]["user"]["uid"], 0);
  EXPECT_EQ(config["process"]["capabilities"]["bounding"].size(), 14U);
  EXPECT_THAT(config["process"]["env"], Contains(Json("STRATA_RUN_ID=run-1")));
  EXPECT_EQ(config["root"]["path"], "/run/1/root");
  EXPECT_EQ(config["linux"]["cgroupsPath"], "/strata-oci.run-1.2");
  EXPECT_THAT(config["linux"]["namespaces"], Contains(Json({{"type", "network"}})));
  EXPECT_THAT(config["linux"]["maskedPaths"], Contains(Json("/proc/kcore")));
  EXPECT_FALSE(config["linux"].contains("seccomp"));
  EXPECT_EQ(scratch_mount(config), nullptr);
}

TEST(RuntimeConfigTest, OptionsChangeTheirOwnPart) {
  EXPECT_THAT(config_of({{"network", "host"}})["linux"]["namespaces"],
              Not(Contains(Json({{"type", "network"}}))));
  EXPECT_EQ(scratch_mount(config_of({{"scratch", "tmpfs"}}))["type"], "tmpfs");
  EXPECT_EQ(scratch_mount(config_of({{"scratch", "host"}}))["source"], "/run/1/scratch");
  const auto hardened = config_of({{"security", "hardened"}});
  EXPECT_EQ(hardened["process"]["user"]["uid"], 65534);
  EXPECT_TRUE(hardened["process"]["capabilities"]["bounding"].empty());
  const auto privileged = config_of({{"security", "privileged"}});
  EXPECT_EQ(privileged["process"]["capabilities"]["bounding"],
            Json({"CAP_CHOWN", "CAP_DAC_READ_SEARCH"}));
  EXPECT_FALSE(privileged["linux"].contains("maskedPaths"));
  EXPECT_EQ(config_of({}, {{"defaultAction", "x"}})["linux"]["seccomp"]["defaultAction"], "x");
}

TEST(RuntimeConfigTest, LimitsAreTheKernels) {
  auto limited = recipe();
  limited.limits.cpus = 0.25;
  limited.limits.cpu_set = {1, 3};
  limited.limits.memory = mebibytes(64);
  limited.limits.processes = 20;
  auto resources = runtime_config(target_with({}), limited, nullptr)["linux"]["resources"];
  EXPECT_EQ(resources["cpu"], Json({{"period", 100'000}, {"quota", 25'000}, {"cpus", "1,3"}}));
  EXPECT_EQ(resources["memory"], Json({{"limit", 67'108'864}, {"swap", 67'108'864}}));
  EXPECT_EQ(resources["pids"], Json({{"limit", 20}}));
  limited.limits_swap = false;
  resources = runtime_config(target_with({}), limited, nullptr)["linux"]["resources"];
  EXPECT_EQ(resources["memory"], Json({{"limit", 67'108'864}}));
}

TEST(RuntimeConfigTest, CapabilitiesHaveNames) {
  EXPECT_TRUE(capability_names(0).empty());
  EXPECT_THAT(capability_names(1ULL << 40U), ElementsAre("CAP_CHECKPOINT_RESTORE"));
  EXPECT_EQ(capability_names(~0ULL).size(), 41U);
}

constexpr auto kFilter = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
              {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
  "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {}},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["s390_runtime_instr"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}
  ]})";

TEST(SystemCallFilterTest, ConditionsAreResolved) {
  const auto names = [](const Json& filter) {
    std::vector<std::string> list;
    for (const auto& rule : filter["syscalls"]) {
      list.push_back(rule["names"][0].get<std::string>() + " " +
                     rule["action"].get<std::string>().substr(9));
    }
    return list;
  };
  const auto plain = system_call_filter(kFilter, {"CAP_CHOWN"});
  EXPECT_THAT(names(plain), ElementsAre("read ALLOW", "bpf ERRNO", "personality ALLOW"));
  EXPECT_EQ(plain["defaultErrnoRet"], 38);
  EXPECT_EQ(plain["architectures"].size(), 2U);
  EXPECT_EQ(plain["syscalls"][1]["errnoRet"], 1);
  EXPECT_FALSE(plain["syscalls"][0].contains("args"));
  EXPECT_EQ(plain["syscalls"][2]["args"][0]["value"], 8);
  EXPECT_THAT(names(system_call_filter(kFilter, {"CAP_SYS_ADMIN"})),
              ElementsAre("read ALLOW", "bpf ALLOW", "personality ALLOW"));
}

TEST(SystemCallFilterTest, WhatIsNoFilterIsAnError) {
  for (const auto* const text :
       {"", "[]", "{}", R"({"defaultAction":"x","archMap":7,"syscalls":[]})",
        R"({"defaultAction":"x","archMap":[],"syscalls":[{"names":7,"action":"x"}]})",
        R"({"defaultAction":"x","archMap":[],"syscalls":[{"names":[]}]})"}) {
    EXPECT_THROW(system_call_filter(text, {}), Error) << text;
  }
}

TEST(PrivateMountsTest, FoldersAreEscapedForAnOverlay) {
  EXPECT_EQ(overlay_escaped("/a b"), "/a b");
  EXPECT_EQ(overlay_escaped("/a:b,c\\d"), "/a\\:b\\,c\\\\d");
}

}  // namespace
}  // namespace strata::drivers
