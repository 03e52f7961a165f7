#include "services/network/spec/part_names.h"

#include "gtest/gtest.h"

namespace evroc::network {
namespace {

const cloud::Owner kOurs{"c1", "prod"};
const cloud::Owner kOfficial{"c1", "prod", "", "", "prod-0123abcd"};

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
