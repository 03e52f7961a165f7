#include "shim/userdata/ignition.h"

#include <cstddef>
#include <string>
#include <vector>

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

constexpr char kVersion3[] = R"({"ignition": {"version": "3.4.0"}})";
constexpr char kVersion2[] = R"({"ignition": {"version": "2.3.0"}})";

std::string Added(absl::string_view config,
                  const std::vector<std::string>& keys) {
  const auto added = AddIgnitionUser(config, "evroc-user", keys);
  EXPECT_TRUE(added.ok()) << added.status();
  return added.value_or("{}");
}

TEST(AddIgnitionUserTest, MakesASudoer) {
  const Json merged = *Json::Parse(Added(kBootstrap, {"key-a", "key-b"}));
  EXPECT_EQ(Contents(merged, 1), kBootstrap);
  const Json added = *Json::Parse(Contents(merged, 0));
  EXPECT_EQ(added.At("ignition.version").String(), "3.4.0");
  EXPECT_EQ(added.At("passwd.users").Dump(),
            R"([{"name":"evroc-user","sshAuthorizedKeys":["key-a","key-b"],)"
            R"("shell":"/bin/bash"}])");
  EXPECT_EQ(added.At("storage.files").Dump(),
            R"([{"path":"/etc/sudoers.d/evroc-user","mode":288,)"
            R"("overwrite":true,"contents":{"source":"data:;base64,)"
            // echo 'evroc-user ALL=(ALL) NOPASSWD:ALL' | base64
            R"(ZXZyb2MtdXNlciBBTEw9KEFMTCkgTk9QQVNTV0Q6QUxMCg=="}}])");
}

TEST(AddIgnitionUserTest, Version2NamesTheFileSystem) {
  const Json merged = *Json::Parse(Added(kVersion2, {"key"}));
  absl::string_view source =
      merged.At("ignition.config.append")[0]["source"].String();
  ASSERT_TRUE(absl::ConsumePrefix(&source, "data:;base64,"));
  std::string text;
  ASSERT_TRUE(absl::Base64Unescape(source, &text));
  const Json file(Json::Parse(text)->At("storage.files")[0]);
  EXPECT_EQ(file["filesystem"].String(), "root");
  EXPECT_FALSE(file["overwrite"].exists());
}

constexpr char kWithUser[] = R"({"ignition": {"version": "%s.0.0"},
    "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["key"]},
                         {"name": "evroc-user", "shell": "/bin/zsh",
                          "sshAuthorizedKeys": ["secret "]}]}})";

std::string WithUser(const std::string& version) {
  std::string config = kWithUser;
  return config.replace(config.find("%s"), 2, version);
}

TEST(AddIgnitionUserTest, AUserThatExistsGetsTheKeysThatItLacks) {
  // Alone, and in what is merged.
  for (const std::string& config :
       {WithUser("3"), *MergeIgnition(kVersion3, WithUser("3")),
        *MergeIgnition(WithUser("3"), kVersion3)}) {
    const Json merged = *Json::Parse(Added(config, {"secret", "key", "key"}));
    EXPECT_EQ(Contents(merged, 1), config);
    const Json added = *Json::Parse(Contents(merged, 0));
    EXPECT_EQ(added.At("passwd.users").Dump(),
              R"([{"name":"evroc-user","sshAuthorizedKeys":["key"]}])");
    EXPECT_FALSE(added["storage"].exists());
    EXPECT_EQ(Added(config, {"secret"}), config);
  }
}

TEST(AddIgnitionUserTest, Version2CantAddToAUser) {
  EXPECT_EQ(Added(WithUser("2"), {"secret"}), WithUser("2"));
  for (const std::string& config :
       {WithUser("2"), *MergeIgnition(kVersion2, WithUser("2"))}) {
    const auto added =
        AddIgnitionUser(config, "evroc-user", std::vector<std::string>{"key"});
    EXPECT_EQ(added.status().message(),
              "can't be added: the user data makes evroc-user without them, "
              "and Ignition of version 2 has no rule for that");
  }
}

}  // namespace
}  // namespace evroc::shim
