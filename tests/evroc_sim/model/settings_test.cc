#include "tests/evroc_sim/model/settings.h"

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

Json Parse(const char* text) { return *Json::Parse(text); }

TEST(SettingsTest, ChangesWhatIsNamedAndNothingElse) {
  Settings settings;
  const absl::Duration before = settings.Latency("disk_create");
  ASSERT_TRUE(settings
                  .Update(Parse(R"({"latency_ms": {"vm_create": 7},
                                    "choices": {"label_patch": "replace"},
                                    "quotas": {"vcpus": 3}})"))
                  .ok());
  EXPECT_EQ(settings.Latency("vm_create"), absl::Milliseconds(7));
  EXPECT_EQ(settings.Choice("label_patch"), "replace");
  EXPECT_EQ(settings.Quota("vcpus"), 3);
  EXPECT_EQ(settings.Latency("disk_create"), before);
}

TEST(SettingsTest, RefusesWhatItDoesNotKnowAndChangesNothing) {
  Settings settings;
  const Json before = settings.ToJson();
  for (const char* patch :
       {R"({"quotas": {"vcpus": 1, "cheese": 2}})", R"({"cheese": {}})",
        R"({"choices": {"label_patch": "perhaps"}})",
        R"({"choices": {"cheese": "yes"}})", R"({"quotas": {"gpus": 1}})",
        R"({"quotas": {"gpus": {"cheese": 1}}})",
        R"({"quotas": {"vcpus": {}}})",
        R"({"latency_ms": {"vm_create": "fast"}})", R"({"preset": "rich"})",
        "[]"}) {
    EXPECT_EQ(HttpStatusOf(settings.Update(Parse(patch))), 400) << patch;
    EXPECT_EQ(settings.ToJson(), before) << patch;
  }
}

TEST(SettingsTest, KnowsAFreshOrganisation) {
  Settings settings;
  EXPECT_LT(settings.Quota("vcpus"), 0);
  ASSERT_TRUE(
      settings.Update(Parse(R"({"preset": "fresh-organisation"})")).ok());
  EXPECT_EQ(settings.Quota("vcpus"), 20);
  EXPECT_EQ(settings.Quota("public_ips"), 3);
  EXPECT_EQ(settings.GpuQuota("nvidia.com/AD102GL_L40S"), 1);
}

}  // namespace
}  // namespace evroc::sim
