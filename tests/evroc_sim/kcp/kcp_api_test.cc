#include "tests/evroc_sim/kcp/kcp_api.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

constexpr char kRoot[] = "/clusters/root:p";
constexpr char kCompute[] =
    "/apis/compute.evroclabs.net/v1alpha1/namespaces/p/";
constexpr char kNetworking[] =
    "/apis/networking.evroclabs.net/v1alpha1/namespaces/p/";

const RsaKey& SigningKey() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

class KcpApiTest : public testing::Test {
 protected:
  Response Call(const std::string& method, const std::string& path,
                const std::string& body = "",
                const std::map<std::string, std::string>& query = {}) {
    Request request{.method = method,
                    .path = absl::StrCat(root_, path),
                    .query = query,
                    .body = body};
    request.headers = {
        {"Authorization", absl::StrCat("Bearer ", token_)},
        {"Content-Type", method == "PATCH" ? "application/merge-patch+json"
                                           : "application/json"}};
    return api_.Handle(request);
  }

  static Json BodyOf(const Response& response) {
    absl::StatusOr<Json> json = Json::Parse(response.body);
    EXPECT_TRUE(json.ok()) << response.body;
    return json.ok() ? *std::move(json) : Json();
  }

  static std::string Named(const char* group, const char* kind,
                           const char* name, const char* spec = "{}") {
    return absl::StrCat(R"({"apiVersion": ")", group,
                        R"(.evroclabs.net/v1alpha1", "kind": ")", kind,
                        R"(", "metadata": {"name": ")", name,
                        R"(", "namespace": "p", "creationTimestamp": null},
                            "spec": )",
                        spec, R"(, "status": {}})");
  }

  // Returns the first `count` lines that a watch writes.
  std::vector<Json> Watch(const std::string& path,
                          const std::map<std::string, std::string>& query,
                          size_t count) {
    const Response response = Call("GET", path, "", query);
    std::vector<Json> events;
    if (response.stream == nullptr) return events;
    response.stream({}, [&](absl::string_view piece) {
      events.push_back(*Json::Parse(piece));
      return events.size() < count;
    });
    return events;
  }

  void Settle() {
    for (int i = 0; i < 40; ++i) {
      cloud_.AwaitDueSteps();
      clock_.Advance(absl::Milliseconds(100));
    }
    cloud_.AwaitDueSteps();
  }

  FakeClock clock_;
  Cloud cloud_{{}, clock_};
  TokenIssuer issuer_{SigningKey(), clock_};
  KcpApi api_{cloud_, issuer_, "org"};
  std::string root_ = kRoot;
  std::string token_ = issuer_.Issue({.subject = "me"}, "i", absl::Hours(1));
};

TEST_F(KcpApiTest, TheFirstProvidersMachineComesUp) {
  const std::string disks = absl::StrCat(kCompute, "disks");
  const std::string machines = absl::StrCat(kCompute, "virtualmachines");
  const std::string ips = absl::StrCat(kNetworking, "publicips");
  EXPECT_EQ(Call("GET", absl::StrCat(ips, "/m-publicip")).status, 404);
  ASSERT_EQ(
      Call("POST", ips, Named("networking", "PublicIP", "m-publicip")).status,
      201);
  ASSERT_EQ(Call("POST", disks,
                 Named("compute", "Disk", "m-bootdisk",
                       R"({"diskImage": {"diskImageRef":
                       {"name": "ubuntu-minimal.24-04.1"}},
                     "diskSize": {"amount": 20, "unit": "GB"},
                     "diskStorageClass": {"name": "persistent"}})"))
                .status,
            201);
  const Response made = Call("POST", machines,
                             Named("compute", "VirtualMachine", "m",
                                   R"({"running": true,
                "vmVirtualResourcesRef": {"vmVirtualResourcesRefName": "c1a.s"},
                "diskRefs": [{"name": "m-bootdisk", "bootFrom": true}],
                "osSettings": {"cloudInitUserData": "I2Nsb3Vk",
                  "ssh": {"authorizedKeys": [{"value": "k"}]}},
                "networking": {
                  "publicIPv4Address": {"static": {"publicIPRef": "m-publicip"}},
                  "securityGroups": {"securityGroupMemberships":
                     [{"name": "capi-kubernetes"}]}}})"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(BodyOf(made).At("status.virtualMachineStatus").String(),
            "Creating");
  Settle();
  const Json machine = BodyOf(Call("GET", absl::StrCat(machines, "/m")));
  EXPECT_EQ(machine.At("status.virtualMachineStatus").String(), "Running");
  EXPECT_FALSE(
      machine.At("status.networking.privateIPv4Address").String().empty());
  EXPECT_FALSE(
      machine.At("status.networking.publicIPv4Address").String().empty());
  EXPECT_EQ(
      machine.At("status.networking.failedSecurityGroupMemberships").Dump(),
      R"(["capi-kubernetes"])");
  EXPECT_EQ(machine.At("spec.osSettings.cloudInitUserData").String(),
            "I2Nsb3Vk");
  EXPECT_EQ(machine.At("spec.vmVirtualResourcesRef.vmVirtualResourcesRefName")
                .String(),
            "c1a.s");
  EXPECT_EQ(BodyOf(Call("GET", absl::StrCat(ips, "/m-publicip")))
                .At("status.usedBy.name")
                .String(),
            "m");
  EXPECT_EQ(Call("DELETE", absl::StrCat(machines, "/m"),
                 R"({"kind": "DeleteOptions", "apiVersion": "v1"})")
                .status,
            200);
  EXPECT_TRUE(BodyOf(Call("GET", absl::StrCat(machines, "/m")))
                  .At("metadata.deletionTimestamp")
                  .exists());
  Settle();
  EXPECT_EQ(Call("GET", absl::StrCat(machines, "/m")).status, 404);
}

TEST_F(KcpApiTest, AnEmptyPublicIpRefMeansNone) {
  ASSERT_EQ(Call("POST", absl::StrCat(kCompute, "disks"),
                 Named("compute", "Disk", "d",
                       R"({"diskSize": {"amount": 1, "unit": "GB"}})"))
                .status,
            201);
  EXPECT_EQ(Call("POST", absl::StrCat(kCompute, "virtualmachines"),
                 Named("compute", "VirtualMachine", "m",
                       R"({"running": true,
                     "vmVirtualResourcesRef":
                       {"vmVirtualResourcesRefName": "c1a.s"},
                     "diskRefs": [{"name": "d", "bootFrom": true}],
                     "networking": {"publicIPv4Address":
                       {"static": {"publicIPRef": ""}}}})"))
                .status,
            201);
}

TEST_F(KcpApiTest, ErrorsAreStatusObjects) {
  const std::string vpcs = absl::StrCat(kNetworking, "virtualprivateclouds");
  const Json missing = BodyOf(Call("GET", absl::StrCat(vpcs, "/none")));
  EXPECT_EQ(missing["kind"].String(), "Status");
  EXPECT_EQ(missing["reason"].String(), "NotFound");
  EXPECT_EQ(missing["code"].Integer(), 404);
  const std::string vpc = Named("networking", "VirtualPrivateCloud", "v");
  ASSERT_EQ(Call("POST", vpcs, vpc).status, 201);
  EXPECT_EQ(BodyOf(Call("POST", vpcs, vpc))["reason"].String(),
            "AlreadyExists");
  EXPECT_EQ(Call("POST", vpcs, "{").status, 400);
  EXPECT_EQ(Call("POST", vpcs, Named("compute", "Disk", "v")).status, 400);
  EXPECT_EQ(BodyOf(Call("POST", absl::StrCat(kNetworking, "subnets"),
                        Named("networking", "Subnet", "s",
                              R"({"vpcRef": {"name": "none"},
                                  "ipv4CidrBlock": {"block": "10.0.9.0/24"}})")))
                ["reason"]
                    .String(),
            "Invalid");
  EXPECT_EQ(Call("GET", "/apis/compute.evroclabs.net/v1alpha1/cheese").status,
            404);
  EXPECT_EQ(Call("GET", absl::StrCat(kRoot, "/x")).status, 404);
  token_ = "cheese";
  EXPECT_EQ(Call("GET", vpcs).status, 401);
}

TEST_F(KcpApiTest, ServesDiscovery) {
  EXPECT_EQ(Call("GET", "/api").status, 200);
  EXPECT_EQ(BodyOf(Call("GET", "/apis"))["groups"].size(), 2u);
  const Json resources =
      BodyOf(Call("GET", "/apis/compute.evroclabs.net/v1alpha1"));
  EXPECT_EQ(resources["kind"].String(), "APIResourceList");
  EXPECT_EQ(resources["resources"].size(), 4u);
  EXPECT_TRUE(resources["resources"][0]["namespaced"].Bool());
}

TEST_F(KcpApiTest, WorkspacesLeadToProjects) {
  const std::string vpcs =
      "/apis/networking.evroclabs.net/v1alpha1/namespaces/p/"
      "virtualprivateclouds";
  ASSERT_EQ(Call("POST", vpcs, Named("networking", "VirtualPrivateCloud", "v"))
                .status,
            201);
  for (const char* root :
       {"/clusters/root:p", "/clusters/root:org:p", "/clusters/root:org"}) {
    root_ = root;
    EXPECT_EQ(Call("GET", absl::StrCat(vpcs, "/v")).status, 200) << root;
  }
  root_ = "/clusters/root:q";
  EXPECT_EQ(Call("GET", absl::StrCat(vpcs, "/v")).status, 403);
}

TEST_F(KcpApiTest, ListsByLabelAndName) {
  const std::string vpcs = absl::StrCat(kNetworking, "virtualprivateclouds");
  std::string body = Named("networking", "VirtualPrivateCloud", "v");
  body.replace(body.find("\"namespace\""), 0, R"("labels": {"a": "b"}, )");
  ASSERT_EQ(Call("POST", vpcs, body).status, 201);
  const Json list = BodyOf(Call("GET", vpcs, "", {{"labelSelector", "a=b"}}));
  EXPECT_EQ(list["kind"].String(), "VirtualPrivateCloudList");
  EXPECT_EQ(list["items"].size(), 1u);
  EXPECT_FALSE(list.At("metadata.resourceVersion").String().empty());
  EXPECT_EQ(BodyOf(Call("GET", vpcs, "",
                        {{"fieldSelector", "metadata.name=v"}}))["items"]
                .size(),
            1u);
}

TEST_F(KcpApiTest, ObjectsAreReplacedAndPatched) {
  const std::string groups = absl::StrCat(kNetworking, "securitygroups");
  ASSERT_EQ(Call("POST", groups,
                 Named("networking", "SecurityGroup", "g", R"({"rules": []})"))
                .status,
            201);
  Json group = BodyOf(Call("GET", absl::StrCat(groups, "/g")));
  group.Set("spec", *Json::Parse(R"({"rules": [{"name": "r",
      "direction": "Ingress", "protocol": "TCP", "port": 22,
      "remote": {"address": {"IPAddressOrCIDR": "0.0.0.0/0"}}}]})"));
  const Json put =
      BodyOf(Call("PUT", absl::StrCat(groups, "/g"), group.Dump()));
  EXPECT_EQ(
      put.At("spec.rules")[0].At("remote.address.IPAddressOrCIDR").String(),
      "0.0.0.0/0");
  EXPECT_EQ(Call("PUT", absl::StrCat(groups, "/g"), group.Dump()).status, 409);
  const Json patched = BodyOf(Call("PATCH", absl::StrCat(groups, "/g"),
                                   R"({"metadata": {"labels": {"x": "y"}}})"));
  EXPECT_EQ(patched.At("metadata.labels.x").String(), "y");
  EXPECT_EQ(patched.At("spec.rules").size(), 1u);
}

TEST_F(KcpApiTest, ADeletionMayNameTheUid) {
  const std::string path = absl::StrCat(kNetworking, "publicips/a");
  ASSERT_EQ(Call("POST", absl::StrCat(kNetworking, "publicips"),
                 Named("networking", "PublicIP", "a"))
                .status,
            201);
  const Response refused =
      Call("DELETE", path, R"({"preconditions": {"uid": "another"}})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(BodyOf(refused)["reason"].String(), "Conflict");
  const std::string uid(BodyOf(Call("GET", path)).At("metadata.uid").String());
  EXPECT_EQ(Call("DELETE", path,
                 absl::StrCat(R"({"preconditions": {"uid": ")", uid, R"("}})"))
                .status,
            200);
}

TEST_F(KcpApiTest, WatchesTellWhatChanges) {
  const std::string vpcs = absl::StrCat(kNetworking, "virtualprivateclouds");
  const Json list = BodyOf(Call("GET", vpcs));
  const std::string version(list.At("metadata.resourceVersion").String());
  ASSERT_EQ(Call("POST", vpcs, Named("networking", "VirtualPrivateCloud", "v"))
                .status,
            201);
  std::vector<Json> events = Watch(vpcs,
                                   {{"watch", "true"},
                                    {"resourceVersion", version},
                                    {"fieldSelector", "metadata.name=v"}},
                                   1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["type"].String(), "ADDED");
  EXPECT_EQ(events[0].At("object.metadata.name").String(), "v");

  Settle();
  const std::string later(
      BodyOf(Call("GET", vpcs)).At("metadata.resourceVersion").String());
  ASSERT_EQ(Call("DELETE", absl::StrCat(vpcs, "/v")).status, 200);
  Settle();
  events = Watch(vpcs, {{"watch", "1"}, {"resourceVersion", later}}, 2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["type"].String(), "MODIFIED");
  EXPECT_EQ(events[1]["type"].String(), "DELETED");
}

TEST_F(KcpApiTest, AWatchWithoutAVersionStartsWithWhatThereIs) {
  const std::vector<Json> events =
      Watch(absl::StrCat(kNetworking, "subnets"), {{"watch", "true"}}, 3);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2]["type"].String(), "ADDED");
}

TEST_F(KcpApiTest, AForgottenVersionIsGone) {
  const std::string pools = absl::StrCat(kNetworking, "publicips");
  ASSERT_EQ(Call("POST", pools, Named("networking", "PublicIP", "x")).status,
            201);
  for (int i = 0; i < 21'000; ++i) {
    Revision revision;
    revision.labels = Json::Object({{"n", absl::StrCat(i)}});
    ASSERT_TRUE(
        cloud_.Update({Kind::kPublicIp, "p", "se-sto", "x"}, revision).ok());
  }
  const std::vector<Json> events =
      Watch(pools, {{"watch", "true"}, {"resourceVersion", "1"}}, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["type"].String(), "ERROR");
  EXPECT_EQ(events[0].At("object.code").Integer(), 410);
}

}  // namespace
}  // namespace evroc::sim
