#include "shim/userdata/ignition.h"

#include <cstddef>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "common/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kBootstrap[] =
    R"({"ignition": {"version": "3.4.0"},
        "systemd": {"units": [{"name": "kubeadm.service", "enabled": true}]}})";

std::string Refusal(absl::string_view bootstrap, absl::string_view user) {
  const auto merged = MergeIgnition(bootstrap, user);
  EXPECT_EQ(merged.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(merged.status().message()), Not(HasSubstr("secret")));
  return std::string(merged.status().message());
}

std::string Contents(const Json& merged, size_t index) {
  absl::string_view source =
      merged.At("ignition.config.merge")[index]["source"].String();
  EXPECT_TRUE(absl::ConsumePrefix(&source, "data:;base64,")) << source;
  std::string contents;
  EXPECT_TRUE(absl::Base64Unescape(source, &contents)) << source;
  return contents;
}

TEST(IgnitionTest, HasBothTheBootstrapDataLast) {
  constexpr char kUser[] = R"({"ignition": {"version": "3.0.0"}})";
  const auto merged = MergeIgnition(kBootstrap, kUser);
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(*MergeIgnition(kBootstrap, kUser), *merged);
  const Json json = *Json::Parse(*merged);
  EXPECT_EQ(json.At("ignition.version").String(), "3.4.0");
  EXPECT_EQ(json.At("ignition.config.merge").size(), 2);
  EXPECT_EQ(Contents(json, 0), kUser);
  EXPECT_EQ(Contents(json, 1), kBootstrap);
}

TEST(IgnitionTest, Version2Appends) {
  const auto merged = MergeIgnition(R"({"ignition": {"version": "2.3.0"}})",
                                    R"({"ignition": {"version": "2.2.0"}})");
  ASSERT_TRUE(merged.ok()) << merged.status();
  const Json json = *Json::Parse(*merged);
  EXPECT_EQ(json.At("ignition.version").String(), "2.3.0");
  EXPECT_EQ(json.At("ignition.config.append").size(), 2);
  EXPECT_FALSE(json.At("ignition.config.merge").exists());
}

TEST(IgnitionTest, MajorVersionsDoNotMix) {
  EXPECT_THAT(Refusal(kBootstrap, R"({"ignition": {"version": "2.3.0"}})"),
              HasSubstr("ignition.version"));
  EXPECT_THAT(Refusal(R"({"ignition": {"version": "4.0.0"}})",
                      R"({"ignition": {"version": "4.0.0"}})"),
              HasSubstr("neither 2 nor 3"));
}

TEST(IgnitionTest, ThingsOfOneNameMustAgree) {
  constexpr char kUser[] = R"({"ignition": {"version": "3.4.0"},
      "systemd": {"units": [{"name": "kubeadm.service",
                             "contents": "secret", "enabled": %s}]}})";
  const auto with = [&](const std::string& enabled) {
    std::string user = kUser;
    return user.replace(user.find("%s"), 2, enabled);
  };
  EXPECT_TRUE(MergeIgnition(kBootstrap, with("true")).ok());
  EXPECT_THAT(Refusal(kBootstrap, with("false")),
              HasSubstr("\"systemd.units.enabled\""));
}

}  // namespace
}  // namespace evroc::shim
