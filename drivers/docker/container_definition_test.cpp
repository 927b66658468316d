#include "drivers/docker/container_definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/docker/docker_driver.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

Target target_with(std::map<std::string, std::string> options) {
  for (const auto& option : kDockerOptions) {
    options.try_emplace(std::string(option.name), option.default_value);
  }
  return {"t", "docker", std::move(options), {}};
}

Json definition_of(std::map<std::string, std::string> options, const Limits& limits = {}) {
  return container_definition(target_with(std::move(options)), "run-1",
                              {"strata:abc", limits, "/run/scratch-1"});
}

TEST(ContainerDefinitionTest, TheDefaultsArePlain) {
  const auto definition = definition_of({});
  EXPECT_EQ(definition["Image"], "strata:abc");
  EXPECT_EQ(definition["Entrypoint"], Json({"/strata/agent"}));
  EXPECT_EQ(definition["Env"], Json({"STRATA_RUN_ID=run-1", "STRATA_SCRATCH=/strata/scratch"}));
  EXPECT_EQ(definition["Labels"][kRunLabel], "run-1");
  EXPECT_FALSE(definition.contains("User"));
  EXPECT_EQ(definition["HostConfig"], Json({{"AutoRemove", true},
                                            {"LogConfig", {{"Type", "none"}}},
                                            {"SecurityOpt", {"no-new-privileges"}}}));
}

TEST(ContainerDefinitionTest, EachOptionChangesItsOwnPartAlone) {
  const auto plain = definition_of({});
  const auto changed = [&](const std::string& option, const std::string& value, const Json& host) {
    auto expected = plain;
    expected["HostConfig"].update(host);
    EXPECT_EQ(definition_of({{option, value}}), expected) << option;
  };
  changed("runtime", "runsc", {{"Runtime", "runsc"}});
  changed("scratch", "tmpfs", {{"Tmpfs", {{"/strata/scratch", "rw,exec,mode=1777"}}}});
  changed("scratch", "volume", {{"Mounts", {{{"Type", "volume"}, {"Target", "/strata/scratch"}}}}});
  changed("scratch", "host",
          {{"Mounts",
            {{{"Type", "bind"}, {"Source", "/run/scratch-1"}, {"Target", "/strata/scratch"}}}}});
  changed("security", "privileged", {{"Privileged", true}});
  changed("seccomp", "off", {{"SecurityOpt", {"no-new-privileges", "seccomp=unconfined"}}});
  const auto hardened = definition_of({{"security", "hardened"}});
  EXPECT_EQ(hardened["User"], "65534:65534");
  EXPECT_EQ(hardened["HostConfig"]["CapDrop"], Json({"ALL"}));
}

TEST(ContainerDefinitionTest, LimitsAreInTheEnginesUnits) {
  Limits limits;
  limits.cpus = 0.25;
  limits.cpu_set = {0, 3};
  limits.memory = mebibytes(64);
  limits.processes = 20;
  const auto host = definition_of({}, limits)["HostConfig"];
  EXPECT_EQ(host["NanoCpus"], 250'000'000);
  EXPECT_EQ(host["CpusetCpus"], "0,3");
  EXPECT_EQ(host["Memory"], 67'108'864);
  EXPECT_EQ(host["MemorySwap"], 67'108'864);
  EXPECT_EQ(host["PidsLimit"], 20);
}

TEST(ContainerDefinitionTest, AValueThatCantBeIsWrongUse) {
  EXPECT_THROW(require_docker_options(target_with({{"scratch", "disk"}})), UsageError);
  EXPECT_THROW(require_docker_options(target_with({{"security", "high"}})), UsageError);
  EXPECT_THROW(require_docker_options(target_with({{"seccomp", "no"}})), UsageError);
  EXPECT_NO_THROW(require_docker_options(target_with({})));
}

TEST(ContainerDefinitionTest, ShippedTargetsArePossible) {
  for (const auto& target : kDockerDriverEntry.shipped_targets()) {
    EXPECT_NO_THROW(require_docker_options(target_with(target.options))) << target.name;
  }
}

}  // namespace
}  // namespace strata::drivers
