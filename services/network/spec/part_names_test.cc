#include "services/network/spec/part_names.h"

#include <string>

#include "common/names/dns_label.h"
#include "gtest/gtest.h"
#include "services/identity/object_name.h"

namespace evroc::network {
namespace {

const cloud::Owner kOurs{"c1", "prod"};
const cloud::Owner kOfficial{"c1", "prod", "", "", "prod-0123abcd"};

const cloud::Owner kOther{"c2", "test", "", "", "test-4567cdef"};

TEST(PortNameTest, TheOfficialProviderHasAnotherForTheApi) {
  EXPECT_EQ(PortName(kOurs, 6443, /*is_api=*/true), "port-6443");
  EXPECT_EQ(PortName(kOfficial, 6443, /*is_api=*/true), "kube-apiserver");
  EXPECT_EQ(PortName(kOfficial, 9345, /*is_api=*/false), "port-9345");
}

TEST(PortNameOfTest, IsToldByTheId) {
  const auto name = [](absl::string_view kind, absl::string_view id) {
    return PortNameOf(kOfficial, kind, id);
  };
  EXPECT_EQ(name("BackendService", "prod-0123abcd-cp-lb-svc"),
            "kube-apiserver");
  EXPECT_EQ(name("L4Route", "prod-0123abcd-cp-lb-route-9345"), "port-9345");
  EXPECT_EQ(name("L4Route", "prod-0123abcd-cp-lb-route-web"), "");
  EXPECT_EQ(name("L4Route", "prod-0123abcd-cp-lb-svc-9345"), "");
  EXPECT_EQ(name("BackendService", "another"), "");
}

// Of the names of a cluster whose own is long some are too long.
TEST(PortNameOfTest, IsToldByAHashWhereTheNameIsTooLong) {
  for (const int length : {41, 42, 48}) {
    const std::string cluster(length, 'c');
    const cloud::Owner owner{"c1", cluster, "", "", cluster + "-0123abcd"};
    for (const char* kind : {"BackendService", "L4Route"}) {
      for (const char* port : {"kube-apiserver", "port-80", "port-9345"}) {
        const std::string id = cloud::ObjectName(owner, kind, port);
        EXPECT_TRUE(IsDnsLabel(id)) << id;
        EXPECT_EQ(PortNameOf(owner, kind, id), port) << id;
        EXPECT_TRUE(IsPartOf(owner, kind, id)) << id;
        EXPECT_FALSE(IsPartOf(kOther, kind, id)) << id;
      }
    }
  }
}

TEST(AdditionalGroupTest, IsCalledAsRequestedOrByItsName) {
  const GroupSpec plain{.name = "web"};
  EXPECT_EQ(AdditionalGroupId(kOurs, plain),
            AdditionalGroupId(kOfficial, plain));
  EXPECT_EQ(AdditionalGroupId(kOurs, plain).value().find("prod-"), 0);
  EXPECT_EQ(AdditionalGroupPart(plain), "web");
  const GroupSpec named{
      .name = "web",
      .id = cloud::Id<cloud::SecurityGroup>("prod-0123abcd-web")};
  EXPECT_EQ(AdditionalGroupId(kOfficial, named), named.id);
  EXPECT_EQ(AdditionalGroupPart(named), "prod-0123abcd-web");
}

}  // namespace
}  // namespace evroc::network
