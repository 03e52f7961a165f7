#include "shim/userdata/merge_user_data.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/userdata/gzip.h"
#include "shim/userdata/mime_message.h"

namespace evroc::shim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

// As the bootstrap providers write it.
constexpr char kBootstrap[] = R"(## template: jinja
#cloud-config

write_files:
-   path: /run/kubeadm/kubeadm.yaml
    owner: root:root
    permissions: '0640'
    content: |
      ---
      nodeRegistration:
        name: '{{ ds.meta_data.local_hostname }}'
      {% raw %}{{ kept }}{% endraw %}
runcmd:
  - 'kubeadm init --config /run/kubeadm/kubeadm.yaml'
  - "echo {{ v1.region }}"
users:
  - name: evroc-user
    ssh_authorized_keys: [secret-key]
ntp:
  enabled: true
  servers: [a.example]
)";

constexpr char kCloudConfig[] =
    "#cloud-config\n"
    "packages: [htop]\n"
    "runcmd: [[sysctl, -w, vm.swappiness=1]]\n"
    "write_files: [{path: /etc/x, content: secret}]\n"
    "users: [default, {name: admin}]\n"
    "ntp: {servers: [b.example]}\n";

std::string Merged(absl::string_view bootstrap, absl::string_view user) {
  const auto merged = MergeUserData(bootstrap, user);
  EXPECT_TRUE(merged.ok()) << merged.status();
  return merged.value_or("");
}

// The reason of a refusal, in which nothing of the contents is.
std::string Refusal(absl::string_view bootstrap, absl::string_view user) {
  const auto merged = MergeUserData(bootstrap, user);
  EXPECT_EQ(merged.status().code(), absl::StatusCode::kInvalidArgument) << user;
  std::string reason(merged.status().message());
  EXPECT_THAT(reason, Not(HasSubstr("secret")));
  return reason;
}

// The types and contents of a message's parts.
std::vector<std::pair<std::string, std::string>> PartsOf(
    const std::string& message) {
  std::vector<std::pair<std::string, std::string>> parts;
  const std::vector<MimePart> read = *ParseMimeMessage(message);
  parts.reserve(read.size());
  for (const MimePart& part : read) {
    parts.emplace_back(MimeHeader(part, "Content-Type"), *MimeContent(part));
  }
  return parts;
}

constexpr char kAppends[] = "list(append)+dict(no_replace,recurse_array)+str()";

std::string MergeTypeOf(const std::string& message, size_t part) {
  return MimeHeader((*ParseMimeMessage(message))[part], "Merge-Type");
}

TEST(MergeUserDataTest, OneAloneIsUnchanged) {
  const std::string odd("\0 no kind \xff", 11);
  EXPECT_EQ(Merged(odd, ""), odd);
  EXPECT_EQ(Merged(kBootstrap, " \n"), kBootstrap);
  EXPECT_EQ(Merged("", kCloudConfig), kCloudConfig);
}

TEST(MergeUserDataTest, CloudConfigsAreMergedByCloudInit) {
  EXPECT_EQ(
      Merged("#cloud-config\nruncmd: [b]\n", "#cloud-config\nruncmd: [a]"),
      "MIME-Version: 1.0\n"
      "Content-Type: multipart/mixed; boundary=\"evroc-user-data-0\"\n"
      "\n"
      "--evroc-user-data-0\n"
      "Content-Type: text/cloud-config; charset=\"utf-8\"\n"
      "MIME-Version: 1.0\n"
      "Content-Transfer-Encoding: 7bit\n"
      "\n"
      "#cloud-config\nruncmd: [a]\n"
      "--evroc-user-data-0\n"
      "Content-Type: text/cloud-config; charset=\"utf-8\"\n"
      "MIME-Version: 1.0\n"
      "Content-Transfer-Encoding: 7bit\n"
      "Merge-Type: list(append)+dict(no_replace,recurse_array)+str()\n"
      "\n"
      "#cloud-config\nruncmd: [b]\n\n"
      "--evroc-user-data-0--\n");
}

TEST(MergeUserDataTest, BootstrapDataOfTheProvidersIsMerged) {
  const std::string merged = Merged(kBootstrap, kCloudConfig);
  EXPECT_THAT(PartsOf(merged),
              ElementsAre(Pair("text/cloud-config", kCloudConfig),
                          Pair("text/jinja2", kBootstrap)));
  EXPECT_EQ(MergeTypeOf(merged, 0), "");
  EXPECT_EQ(MergeTypeOf(merged, 1), kAppends);
  EXPECT_EQ(Merged(kBootstrap, kCloudConfig), merged);
}

TEST(MergeUserDataTest, AnyKindOfCloudInitIsAPart) {
  const struct {
    absl::string_view user, type;
    bool configures;
  } cases[] = {
      {"#!/bin/sh\necho secret\n", "text/x-shellscript", false},
      {"#cloud-boothook\n#!/bin/sh\n", "text/cloud-boothook", false},
      {"#include\nhttps://a.example/x\n", "text/x-include-url", true},
      {"#include-once\nhttps://a.example/x\n", "text/x-include-once-url", true},
      {"#part-handler\nimport os\n", "text/part-handler", false},
      {"#cloud-config-archive\n- content: |\n    #!/bin/sh\n",
       "text/cloud-config-archive", false},
      {"#cloud-config-archive\n- |\n  packages: [a]\n",
       "text/cloud-config-archive", true},
      {"## template: jinja\n#!/bin/sh\n{% if x %}\n{% endif %}\n",
       "text/jinja2", false},
      {"## template: jinja\n#cloud-config\npackages: ['{{ x }}']\n",
       "text/jinja2", true},
      {"#cloud-config\n# größer ✓\n", "text/cloud-config", false},
  };
  for (const auto& each : cases) {
    const std::string merged = Merged(kBootstrap, each.user);
    EXPECT_THAT(PartsOf(merged), ElementsAre(Pair(std::string(each.type),
                                                  std::string(each.user)),
                                             Pair("text/jinja2", kBootstrap)));
    EXPECT_EQ(MergeTypeOf(merged, 1), each.configures ? kAppends : "")
        << each.user;
  }
}

TEST(MergeUserDataTest, PartsOfAMessageAreTakenOver) {
  const std::string user = absl::StrCat(
      "Content-Type: multipart/mixed; boundary=\"b\"\nMIME-Version: 1.0\n\n",
      "--b\nContent-Type: text/cloud-config\nX-Own: 1\n\n", kCloudConfig,
      "\n--b\nContent-Type: text/x-shellscript\nContent-Disposition: "
      "attachment; filename=\"a.sh\"\n\n#!/bin/sh\n--b--\n");
  const std::string merged = Merged(kBootstrap, user);
  EXPECT_THAT(PartsOf(merged),
              ElementsAre(Pair("text/cloud-config", kCloudConfig),
                          Pair("text/x-shellscript", "#!/bin/sh"),
                          Pair("text/jinja2", kBootstrap)));
  EXPECT_THAT(merged, HasSubstr("X-Own: 1\n"));
  EXPECT_EQ(MergeTypeOf(merged, 2), kAppends);
  // The other way round, the message's first cloud-config gets the header.
  const std::string reverse = Merged(user, "#cloud-config\npackages: [a]\n");
  EXPECT_EQ(MergeTypeOf(reverse, 1), kAppends);
  EXPECT_THAT(reverse, HasSubstr("X-Own: 1\nMerge-Type: "));
  EXPECT_THAT(Refusal(user, user), HasSubstr("same file name"));
}

TEST(MergeUserDataTest, CompressedDataIsUnpackedAndTheResultCompressed) {
  const std::string merged = Merged(Gzip(kBootstrap), kCloudConfig);
  ASSERT_TRUE(IsGzip(merged));
  EXPECT_EQ(*Gunzip(merged, 100'000), Merged(kBootstrap, kCloudConfig));
  EXPECT_THAT(Refusal(Gzip(kBootstrap).substr(0, 50), kCloudConfig),
              HasSubstr("bootstrap data: damaged gzip"));
  EXPECT_THAT(Refusal(Gzip(std::string(5'000'000, ' ')), kCloudConfig),
              HasSubstr("unpacks to more than 4194304 bytes"));
}

TEST(MergeUserDataTest, ContradictionsAreNamedByTheirKey) {
  const struct {
    absl::string_view user, reason;
  } cases[] = {
      {"runcmd: secret", "\"runcmd\" is a single value, and a list"},
      {"runcmd:", "\"runcmd\" is empty, and a list"},
      {"users: {secret: {}}", "\"users\" is a mapping, and a list"},
      {"ntp: {enabled: false}", "\"ntp.enabled\" has another value"},
      {"users: [{name: evroc-user, lock_passwd: true}]",
       R"("users" has an entry with the same "name")"},
      {"write_files: [{path: /run/kubeadm/kubeadm.yaml, content: secret}]",
       R"("write_files" has an entry with the same "path")"},
      {"x: &a {runcmd: [secret]}\n<<: *a", "merge key"},
      {"runcmd: [secret",
       "can't be compared with the bootstrap data: not YAML: line"},
      {"- secret", "not a mapping"},
  };
  for (const auto& each : cases) {
    EXPECT_THAT(Refusal(kBootstrap, absl::StrCat("#cloud-config\n", each.user)),
                HasSubstr(std::string(each.reason)));
  }
  EXPECT_EQ(PartsOf(Merged(kBootstrap, "#cloud-config\nntp: {enabled: true}\n"))
                .size(),
            2);
}

TEST(MergeUserDataTest, WhatCantBeSeenIsRefused) {
  EXPECT_THAT(Refusal(kBootstrap,
                      "## template: jinja\n#cloud-config\n{% if secret %}\n"
                      "packages: [a]\n{% endif %}\n"),
              HasSubstr("before Jinja renders it"));
  EXPECT_THAT(Refusal(kBootstrap, "## template: jinja\n{{ secret }}\n"),
              HasSubstr("before Jinja renders it"));
  EXPECT_THAT(Refusal("#include\nhttps://secret\n", kCloudConfig),
              HasSubstr("the bootstrap data fetches"));
  EXPECT_THAT(Refusal("#cloud-config\n[secret", kCloudConfig),
              HasSubstr("which can't be read: not YAML"));
  // Scripts touch no key.
  EXPECT_THAT(PartsOf(Merged("#include\nhttps://a\n", "#!/bin/sh\n")),
              SizeIs(2));
  EXPECT_THAT(PartsOf(Merged("#!/bin/sh\n", "#cloud-config\n[unread")),
              SizeIs(2));
}

TEST(MergeUserDataTest, PartsThatMergeInTheirOwnWayShareNoKey) {
  const std::string bootstraps[] = {
      "#cloud-config\nmerge_how: dict(replace)\nruncmd: [a]\n",
      "#cloud-config-archive\n- |\n  #cloud-config\n  runcmd: [a]\n",
      "MIME-Version: 1.0\nContent-Type: text/cloud-config\n"
      "X-Merge-Type: dict(replace)\n\nruncmd: [a]\n",
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
      "--b\nContent-Type: text/cloud-config\n\npackages: [a]\n"
      "--b\nContent-Type: text/cloud-config\n\nruncmd: [a]\n--b--\n"};
  for (const std::string& bootstrap : bootstraps) {
    EXPECT_THAT(Refusal(bootstrap, "#cloud-config\nruncmd: [secret]\n"),
                HasSubstr("\"runcmd\" is in the bootstrap data too"));
    EXPECT_TRUE(MergeUserData(bootstrap, "#cloud-config\nmounts: []\n").ok());
  }
}

TEST(MergeUserDataTest, UnknownKindsAreRefused) {
  EXPECT_THAT(Refusal(kBootstrap, "packages: [secret]\n"),
              HasSubstr("begins with none of #cloud-config, "));
  EXPECT_THAT(Refusal("version: v1alpha1\nsecret: 1\n", kCloudConfig),
              HasSubstr("the bootstrap data begins with none of "));
}

TEST(MergeUserDataTest, IgnitionMergesWithIgnitionAlone) {
  constexpr char kIgnition[] = R"({"ignition": {"version": "3.4.0"}})";
  EXPECT_THAT(Merged(kIgnition, kIgnition), HasSubstr("\"merge\":["));
  EXPECT_THAT(Refusal(kIgnition, kCloudConfig), HasSubstr("is for cloud-init"));
  EXPECT_THAT(Refusal(kBootstrap, kIgnition), HasSubstr("is for Ignition"));
  EXPECT_THAT(Refusal(Gzip(kIgnition), kIgnition), HasSubstr("compressed"));
}

}  // namespace
}  // namespace evroc::shim
