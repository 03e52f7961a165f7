#include "services/identity/object_name.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/names/dns_label.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

TEST(ObjectNameTest, IsReadable) {
  const Owner machine{"id", "prod", "mid", "worker-0"};
  EXPECT_EQ(ObjectName(machine, "VirtualMachine", "").substr(0, 9),
            "worker-0-");
  EXPECT_EQ(ObjectName(machine, "Disk", "data").substr(0, 14),
            "worker-0-data-");
  const Owner cluster{"id", "prod.eu", "", ""};
  EXPECT_EQ(ObjectName(cluster, "PublicIP", "endpoint").substr(0, 17),
            "prod-eu-endpoint-");
}

TEST(ObjectNameTest, DependsOnIdsKindAndNameAlone) {
  const Owner owner{"id", "prod", "mid", "worker-0"};
  const std::string name = ObjectName(owner, "Disk", "boot");
  EXPECT_EQ(ObjectName(owner, "Disk", "boot"), name);
  EXPECT_NE(ObjectName(owner, "Disk", "data"), name);
  EXPECT_NE(ObjectName(owner, "VirtualMachine", "boot"), name);
  EXPECT_NE(ObjectName({"other", "prod", "mid", "worker-0"}, "Disk", "boot"),
            name);
  EXPECT_NE(ObjectName({"id", "prod", "other", "worker-0"}, "Disk", "boot"),
            name);
}

std::vector<std::string> TheEndItself(absl::string_view end) {
  return {std::string(end)};
}

TEST(ObjectNameTest, IsRecognisedByIdsKindAndNameAlone) {
  for (const char* called : {"prod", "", "prod-eu", "-", "other"}) {
    const Owner cluster{"id", called, "", ""};
    const std::string id = ObjectName(cluster, "L4Route", "port-6443");
    EXPECT_TRUE(HasObjectName({"id"}, "L4Route", id, TheEndItself)) << id;
    EXPECT_FALSE(HasObjectName({"id2"}, "L4Route", id, TheEndItself)) << id;
    EXPECT_FALSE(HasObjectName({"id"}, "BackendService", id, TheEndItself));
  }
  const Owner machine{"id", "prod", "mid", "worker-0"};
  const std::string vm = ObjectName(machine, "VirtualMachine", "");
  EXPECT_TRUE(HasObjectName(machine, "VirtualMachine", vm, TheEndItself));
  for (const char* id : {"", "a", "port-6443", "prod-port-6443-12345678",
                         "prod-port-6443-zzzzzzzz", "12345678"}) {
    EXPECT_FALSE(HasObjectName({"id"}, "L4Route", id, TheEndItself)) << id;
  }
}

TEST(ObjectNameTest, LooksLikeThatOfAClusterOfAName) {
  const std::string longest(60, 'n');
  for (const std::string& called :
       {std::string("prod"), std::string("prod.eu"), longest,
        "a-name-with-a-hyphen-at--" + longest}) {
    const Owner cluster{"id", called, "", ""};
    for (const char* part :
         {"additional/x", "additional/more-than-an-id-has-room-for-at-all"}) {
      const std::string id = ObjectName(cluster, "SecurityGroup", part);
      EXPECT_TRUE(LooksLikeObjectOf(called, "additional-", id)) << id;
      EXPECT_FALSE(LooksLikeObjectOf("stage", "additional-", id)) << id;
      EXPECT_FALSE(LooksLikeObjectOf(called, "other-", id)) << id;
      EXPECT_FALSE(LooksLikeObjectOf("", "additional-", id)) << id;
    }
  }
  EXPECT_FALSE(LooksLikeObjectOf("prod", "additional-", "prod-additional-web"));
  EXPECT_FALSE(
      LooksLikeObjectOf("prod", "additional-", "product-additional-12345678"));
}

// A valid Kubernetes object name (RFC 1123 subdomain) of random length.
std::string RandomName(std::mt19937& random) {
  const std::string inner = "abcxyz019-.";
  const std::string edge = "abcxyz019";
  std::string name(1 + random() % 253, ' ');
  for (size_t i = 0; i < name.size(); ++i) {
    const bool at_edge = i == 0 || i + 1 == name.size() || name[i - 1] == '.';
    name[i] =
        at_edge ? edge[random() % edge.size()] : inner[random() % inner.size()];
    if (name[i] == '.' && (i + 1 == name.size() || name[i - 1] == '-')) {
      name[i] = 'a';
    }
  }
  return name;
}

TEST(ObjectNameTest, B13FitsForEveryLegalKubernetesName) {
  std::mt19937 random(
      20261123);  // NOLINT(cert-msc32-c,cert-msc51-cpp): repeatable
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    const Owner owner{std::to_string(i), RandomName(random),
                      std::to_string(i + 1), RandomName(random)};
    for (const char* part : {"", "boot",
                             "data-with-a-rather-long-name-that-"
                             "is-cut-since-it-has-63-characters"}) {
      const std::string name = ObjectName(owner, "Disk", part);
      ASSERT_TRUE(IsDnsLabel(name)) << name;
      ASSERT_TRUE(seen.insert(name).second) << name;
    }
  }
}

TEST(ObjectNameTest, OfAnOwnerWithAPrefixIsTheOfficialProviders) {
  const Owner machine{"id", "prod", "mid", "worker", "worker-0"};
  EXPECT_EQ(ObjectName(machine, "Disk", "boot"), "worker-0-boot-disk");
  const Owner cluster{"id", "prod", "", "", "prod-0123abcd"};
  EXPECT_EQ(ObjectName(cluster, "LoadBalancer", "endpoint"),
            "prod-0123abcd-cp-lb");
}

// It could not make what has a longer one.
TEST(ObjectNameTest, WhereTheOfficialProvidersIsTooLongItIsOurs) {
  const std::string name(42, 'c');
  const Owner cluster{"id", name, "", "", name + "-0123abcd"};
  EXPECT_EQ(ObjectName(cluster, "L4Route", "kube-apiserver"),
            name + "-0123abcd-cp-lb-route");
  Owner without_prefix = cluster;
  without_prefix.resource_prefix = "";
  EXPECT_EQ(ObjectName(cluster, "L4Route", "port-9345"),
            ObjectName(without_prefix, "L4Route", "port-9345"));
  const std::string vm(53, 'm');
  const Owner machine{"id", "prod", "mid", vm, vm};
  EXPECT_EQ(ObjectName(machine, "Disk", "boot"), vm + "-boot-disk");
  const std::string disk = ObjectName(machine, "Disk", "data/ten-letters");
  EXPECT_TRUE(IsDnsLabel(disk)) << disk;
  EXPECT_NE(disk, ObjectName(machine, "Disk", "data/ten-other-letters"));
}

// What the official provider does not make has a name of ours.
TEST(ObjectNameTest, OfOtherKindsIsOurs) {
  const Owner owner{"id", "prod", "mid", "worker", "worker-0"};
  Owner without_prefix = owner;
  without_prefix.resource_prefix = "";
  EXPECT_EQ(ObjectName(owner, "HotswapDiskAttachment", "etcd"),
            ObjectName(without_prefix, "HotswapDiskAttachment", "etcd"));
  const Owner cluster{"id", "prod", "", "", "prod-0123abcd"};
  EXPECT_NE(ObjectName(cluster, "PlacementGroup", "control-plane/a/1")
                .find("prod-control-plane"),
            std::string::npos);
}

}  // namespace
}  // namespace evroc::cloud
