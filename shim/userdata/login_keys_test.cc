#include "shim/userdata/login_keys.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/userdata/gzip.h"
#include "shim/userdata/merge_user_data.h"
#include "shim/userdata/mime_message.h"
#include "shim/userdata/user_data_parts.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kBootstrap[] =
    "## template: jinja\n"
    "#cloud-config\n"
    "runcmd: ['kubeadm join {{ ds.meta_data.local_hostname }}']\n";

// What is added where nothing says anything of users.
constexpr char kAll[] =
    R"(#cloud-config
{"ssh_authorized_keys":["ssh-ed25519 A me"],"users":["default",)"
    R"({"name":"evroc-user","ssh_authorized_keys":["ssh-ed25519 A me"],)"
    R"("shell":"/bin/bash","sudo":"ALL=(ALL) NOPASSWD:ALL","lock_passwd":true}]}
)";

const std::vector<std::string>& Keys() {
  static const auto& keys = *new std::vector<std::string>{"ssh-ed25519 A me"};
  return keys;
}

std::string Added(absl::string_view data,
                  const std::vector<std::string>& keys = Keys()) {
  const auto added = AddLoginKeys(data, keys);
  EXPECT_TRUE(added.ok()) << added.status() << "\n" << data;
  return added.value_or("");
}

std::string Config(absl::string_view text) {
  return absl::StrCat("#cloud-config\n", text, "\n");
}

// The reason of a refusal, in which nothing of the contents is.
std::string Refusal(absl::string_view data) {
  const auto added = AddLoginKeys(data, Keys());
  EXPECT_EQ(added.status().code(), absl::StatusCode::kInvalidArgument) << data;
  std::string reason(added.status().message());
  EXPECT_THAT(reason, Not(HasSubstr("secret")));
  return reason;
}

std::vector<MimePart> PartsIn(const std::string& message) {
  return *ParseMimeMessage(message);
}

std::string Content(const MimePart& part) { return *MimeContent(part); }

TEST(LoginKeysTest, A13TheLoginUserGetsTheKeys) {
  const std::vector<MimePart> parts = PartsIn(Added(kBootstrap));
  ASSERT_EQ(parts.size(), 2);
  EXPECT_EQ(Content(parts[0]), kBootstrap);
  EXPECT_EQ(MimeHeader(parts[0], "Content-Type"), "text/jinja2");
  EXPECT_FALSE(IsAppending(parts[0]));
  EXPECT_EQ(Content(parts[1]), kAll);
  EXPECT_EQ(MimeHeader(parts[1], "Content-Type"), "text/cloud-config");
  EXPECT_TRUE(IsAppending(parts[1]));
  EXPECT_EQ(Added(kBootstrap), Added(kBootstrap));
}

TEST(LoginKeysTest, AnyKindOfCloudInitCanBeBefore) {
  for (const absl::string_view data :
       {"#!/bin/sh\necho\n", "#include\nhttps://a.example\n",
        "#cloud-boothook\n#!/bin/sh\n", "#part-handler\n",
        "#cloud-config-archive\n- |\n  #cloud-config\n  packages: [a]\n",
        "## template: jinja\n#!/bin/sh\n{% if x %}\n{% endif %}\n",
        "#cloud-config\npackages: [a]\n"}) {
    const std::vector<MimePart> parts = PartsIn(Added(data));
    ASSERT_EQ(parts.size(), 2);
    EXPECT_EQ(Content(parts[0]), data);
    EXPECT_EQ(Content(parts[1]), kAll);
  }
}

TEST(LoginKeysTest, WithoutKeysNothingChanges) {
  for (const std::string data : {"", "no kind", kBootstrap}) {
    EXPECT_EQ(Added(data, {}), data);
  }
}

TEST(LoginKeysTest, EveryKeyIsAdded) {
  const std::string added = Content(
      PartsIn(Added(kBootstrap, {"ssh-rsa \"A\"", "ssh-rsa größer"}))[1]);
  EXPECT_THAT(added, HasSubstr(R"("users":["default",{"name":"evroc-user",)"
                               R"("ssh_authorized_keys":["ssh-rsa \"A\"",)"
                               R"("ssh-rsa größer"])"));
}

// Whatever says which users there are keeps them, and decides on `default`.
TEST(LoginKeysTest, OtherUsersStay) {
  constexpr char kAppended[] =
      R"(#cloud-config
{"ssh_authorized_keys":["ssh-ed25519 A me"],"users":[)"
      R"({"name":"evroc-user","ssh_authorized_keys":["ssh-ed25519 A me"],)"
      R"("shell":"/bin/bash","sudo":"ALL=(ALL) NOPASSWD:ALL",)"
      R"("lock_passwd":true}]}
)";
  for (const absl::string_view users :
       {"users: [default]", "users: []", "users:\n- {name: admin}\n- default",
        "users: [other-evroc-user, [evroc]]",
        "users: [{ssh_authorized_keys: [a]}]"}) {
    const std::string data = Config(users);
    const std::vector<MimePart> parts = PartsIn(Added(data));
    ASSERT_EQ(parts.size(), 2);
    EXPECT_EQ(Content(parts[0]), data);
    EXPECT_EQ(Content(parts[1]), kAppended) << users;
  }
}

TEST(LoginKeysTest, AnEntryWithoutKeysKeepsItsSettings) {
  for (const absl::string_view users :
       {"[default, {name: evroc-user, shell: /bin/zsh}]", "[evroc-user]",
        "['admin,evroc-user']"}) {
    const std::vector<MimePart> parts =
        PartsIn(Added(Config(absl::StrCat("users: ", users))));
    ASSERT_EQ(parts.size(), 2);
    EXPECT_EQ(Content(parts[1]),
              Config(R"({"ssh_authorized_keys":["ssh-ed25519 A me"],"users":[)"
                     R"({"name":"evroc-user",)"
                     R"("ssh_authorized_keys":["ssh-ed25519 A me"]}]})"));
  }
}

TEST(LoginKeysTest, AnEntryWithTheKeysIsLeftAlone) {
  for (const absl::string_view name :
       {"ssh_authorized_keys", "ssh-authorized-keys"}) {
    const std::string data =
        Config(absl::StrCat("users: [{name: evroc-user, ", name,
                            ": [other, ' ssh-ed25519 A me ']}]"));
    EXPECT_EQ(Added(data), data);
  }
}

// cloud-init takes the keys of the first of several entries.
TEST(LoginKeysTest, AnEntryWithOtherKeysKeepsThem) {
  for (const std::string name :
       {"ssh_authorized_keys", "ssh-authorized-keys"}) {
    const std::string data =
        absl::StrCat("## template: jinja\n#cloud-config\n",
                     "users: [default, {name: evroc-user, sudo: false, ", name,
                     ": [other]}]\n");
    const std::vector<MimePart> parts = PartsIn(Added(data));
    ASSERT_EQ(parts.size(), 3);
    EXPECT_EQ(Content(parts[0]),
              Config(absl::StrCat(R"({"users":[{"name":"evroc-user",")", name,
                                  R"(":["other","ssh-ed25519 A me"]}]})")));
    EXPECT_FALSE(IsAppending(parts[0]));
    EXPECT_EQ(Content(parts[1]), data);
    EXPECT_TRUE(IsAppending(parts[1]));
    EXPECT_EQ(Content(parts[2]),
              Config(R"({"ssh_authorized_keys":["ssh-ed25519 A me"]})"));
    EXPECT_TRUE(IsAppending(parts[2]));
  }
}

TEST(LoginKeysTest, TheUsersOwnDataIsBefore) {
  const std::string user = Config("users: [{name: admin}]");
  std::vector<MimePart> parts =
      PartsIn(Added(*MergeUserData(kBootstrap, user)));
  ASSERT_EQ(parts.size(), 3);
  EXPECT_EQ(Content(parts[0]), user);
  EXPECT_EQ(Content(parts[1]), kBootstrap);
  EXPECT_THAT(Content(parts[2]), HasSubstr(R"("users":[{"name":"evroc-user")"));
  // In both halves are users, and cloud-init appends them.
  const std::string bootstrap =
      Config("users: [{name: evroc-user, ssh_authorized_keys: [other]}]");
  parts = PartsIn(Added(*MergeUserData(bootstrap, user)));
  ASSERT_EQ(parts.size(), 4);
  EXPECT_THAT(Content(parts[0]), HasSubstr(R"(["other","ssh-ed25519 A me"])"));
  EXPECT_TRUE(IsAppending(parts[1]));
  EXPECT_EQ(Content(parts[1]), user);
  EXPECT_TRUE(IsAppending(parts[2]));
}

TEST(LoginKeysTest, CompressedDataIsCompressedAgain) {
  const std::string added = Added(Gzip(kBootstrap));
  ASSERT_TRUE(IsGzip(added));
  EXPECT_EQ(*Gunzip(added, 100'000), Added(kBootstrap));
  EXPECT_THAT(Refusal(Gzip(kBootstrap).substr(0, 50)),
              HasSubstr("can't be added to the user data: damaged gzip"));
}

TEST(LoginKeysTest, WhatCouldLoseUsersIsRefused) {
  const struct {
    absl::string_view config, reason;
  } cases[] = {
      {"users: default", "\"users\" of the user data is no list"},
      {"users:", "\"users\" of the user data is no list"},
      {"users: {secret: {}}", "\"users\" of the user data is no list"},
      {"ssh_authorized_keys: secret",
       "\"ssh_authorized_keys\" of the user data is no list"},
      {"x: &a {users: [secret]}\n<<: *a", "merge key"},
      {"[secret", "can't be read: not YAML"},
  };
  for (const auto& each : cases) {
    EXPECT_THAT(Refusal(Config(each.config)),
                HasSubstr(std::string(each.reason)));
  }
  EXPECT_THAT(Refusal("## template: jinja\n#cloud-config\n{% if secret %}\n"
                      "users: [a]\n{% endif %}\n"),
              HasSubstr("before Jinja renders it"));
}

std::string Message(const std::vector<std::string>& contents) {
  std::string message =
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n";
  for (const std::string& content : contents) {
    absl::StrAppend(&message, "--b\nContent-Type: text/plain\n\n", content,
                    "\n");
  }
  return absl::StrCat(message, "--b--\n");
}

TEST(LoginKeysTest, OtherKeysThatCantBeExtendedAreRefused) {
  const std::string other =
      Config("users: [{name: evroc-user, ssh_authorized_keys: [secret]}]");
  const struct {
    std::string data, reason;
  } cases[] = {
      {Config("users: [{name: evroc-user, ssh_authorized_keys: secret}]"),
       "are no list"},
      {"## template: jinja\n#cloud-config\n"
       "users: [{name: evroc-user, ssh_authorized_keys: ['{{ secret }}']}]\n",
       "made by a template"},
      {absl::StrCat(other, "merge_how: dict(replace)+list()+str()\n"),
       "says by itself how"},
      {Message({other, Config("users: [secret]\nmerge_how: list(append)")}),
       "several parts"},
      {Message({other, "#include\nhttps://secret\n"}), "several parts"},
  };
  for (const auto& each : cases) {
    EXPECT_THAT(Refusal(each.data), HasSubstr(each.reason));
  }
  // An entry that a later part replaces does not count.
  EXPECT_THAT(
      Content(PartsIn(Added(Message({other, Config("users: [x]")})))[2]),
      HasSubstr("\"sudo\""));
  // Parts without users are no hindrance.
  EXPECT_EQ(PartsIn(Added(Message({other, Config("packages: [a]")}))).size(),
            4);
}

TEST(LoginKeysTest, SettingsThatExcludeKeysAreRefused) {
  for (const absl::string_view setting :
       {"system", "no-create-home", "ssh_redirect_user"}) {
    EXPECT_THAT(Refusal(Config(absl::StrCat("users: [{name: evroc-user, ",
                                            setting, ": true}]"))),
                HasSubstr("which excludes keys"));
    EXPECT_TRUE(AddLoginKeys(Config(absl::StrCat(
                                 "users: [{name: evroc-user, ", setting,
                                 ": false}, {name: x, ", setting, ": true}]")),
                             Keys())
                    .ok());
  }
}

TEST(LoginKeysTest, UnknownKindsAreRefused) {
  EXPECT_THAT(Refusal("version: v1alpha1\nsecret: 1\n"),
              HasSubstr("begins with none of #cloud-config, "));
}

TEST(LoginKeysTest, IgnitionGetsAUserToo) {
  constexpr char kIgnition[] = R"({"ignition": {"version": "3.4.0"}})";
  EXPECT_THAT(Added(kIgnition), HasSubstr("\"merge\":["));
  EXPECT_THAT(Refusal(Gzip(kIgnition)), HasSubstr("nothing compressed"));
}

}  // namespace
}  // namespace evroc::shim
