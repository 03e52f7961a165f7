#include "tests/evroc_sim/rest/rest_api.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kBase[] = "/loadbalancer/v1alpha1/projects/p/regions/se-sto/";

class RestApiTest : public RestApiFixture {
 protected:
  static std::string Pool(const std::string& id, const char* labels = "{}") {
    return absl::StrCat(
        R"({"apiVersion": "loadbalancer/v1alpha1", "kind": "BackendPool",
            "metadata": {"id": ")",
        id, R"(", "userLabels": )", labels, R"(}, "spec": {}})");
  }
};

TEST_F(RestApiTest, AnObjectIsMadeReadListedChangedAndDeleted) {
  const std::string pools = absl::StrCat(kBase, "backendPools");
  const std::string pool = absl::StrCat(pools, "/a");
  Response response = Call("POST", pools, Pool("a", R"({"team": "blue"})"));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(BodyOf(response).At("metadata.project").String(), "p");
  EXPECT_EQ(BodyOf(response).At("metadata.region").String(), "se-sto");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.route,
            "/loadbalancer/v1alpha1/projects/{project}/regions/{region}/"
            "backendPools");

  EXPECT_EQ(Call("GET", pool).status, 200);
  EXPECT_EQ(BodyOf(Call("GET", pools, "", "team=blue"))["items"].size(), 1u);
  EXPECT_EQ(Call("GET", pools, "", "team=red").body, R"({"items":[]})");

  // A whole object as returned by GET, with an additional label.
  Json whole = BodyOf(Call("GET", pool));
  whole.SetAt("metadata.userLabels.tier", "web");
  response = Call("PATCH", pool, whole.Dump());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(BodyOf(response).At("metadata.userLabels").Dump(),
            R"({"team":"blue","tier":"web"})");
  EXPECT_EQ(Call("PATCH", pool, whole.Dump()).status, 409);

  EXPECT_EQ(Call("DELETE", pool).status, 204);
  cloud_.AwaitDueSteps();
  clock_.Advance(absl::Seconds(1));
  cloud_.AwaitDueSteps();
  response = Call("GET", pool);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(BodyOf(response)["reason"].String(), "NotFound");
  EXPECT_EQ(Call("DELETE", pool).status, 404);
}

TEST_F(RestApiTest, ErrorsHaveTheStatusOfTheReference) {
  const std::string pools = absl::StrCat(kBase, "backendPools");
  EXPECT_EQ(Call("POST", pools, "{").status, 400);
  EXPECT_EQ(Call("POST", pools, "[]").status, 400);
  EXPECT_EQ(
      Call("POST", pools, R"({"apiVersion": "loadbalancer/v1alpha1"})").status,
      400);
  std::string body = Pool("a");
  body.replace(body.find("v1alpha1"), 8, "v1alpha9");
  EXPECT_EQ(Call("POST", pools, body).status, 400);
  EXPECT_EQ(Call("POST", pools, Pool("A")).status, 400);
  ASSERT_EQ(Call("POST", pools, Pool("a")).status, 201);
  const Response taken = Call("POST", pools, Pool("a"));
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(BodyOf(taken)["reason"].String(), "AlreadyExists");
  EXPECT_EQ(Call("PUT", absl::StrCat(pools, "/a"), "{}").status, 405);
  EXPECT_EQ(Call("DELETE", pools).status, 405);
  EXPECT_EQ(Call("GET", pools, "", "a b").status, 400);
  for (const char* path :
       {"/", "/cheese", "/compute/v1/projects/p/regions/se-sto/disks",
        "/compute/v1beta2/projects/p/regions/se-sto/cheese",
        "/compute/v1beta2/projects/p/regions/se-sto/disks/",
        "/compute/v1beta2/projects/p/regions/X/disks"}) {
    EXPECT_EQ(Call("GET", path).status, 404) << path;
  }
}

TEST_F(RestApiTest, TokensAreChecked) {
  const std::string pools = absl::StrCat(kBase, "backendPools");
  const std::string good = token_;
  token_ = "cheese";
  EXPECT_EQ(Call("GET", pools).status, 401);
  EXPECT_EQ(BodyOf(Call("GET", pools))["reason"].String(), "Unauthorized");
  token_ = good;
  EXPECT_EQ(Call("GET", pools).status, 200);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Call("GET", pools).status, 401);
  SignIn({.subject = "me"});
  EXPECT_EQ(Call("GET", pools).status, 200);
  issuer_.ExpireAll();
  EXPECT_EQ(Call("GET", pools).status, 401);
}

TEST_F(RestApiTest, AProjectOfOthersIsForbidden) {
  SignInAsServiceAccount("q", "sa");
  const std::string pool = absl::StrCat(kBase, "backendPools/x");
  EXPECT_EQ(Call("GET", pool).status, 403);
  EXPECT_EQ(Call("GET", "/iam/v1beta1/projects/p").status, 403);
  SetChoice("foreign_project", "not_found");
  EXPECT_EQ(Call("GET", pool).status, 404);
}

TEST_F(RestApiTest, SwitchesChangeTheShapeOfAnswers) {
  const std::string pools = absl::StrCat(kBase, "backendPools");
  ASSERT_TRUE(cloud_
                  .UpdateSettings(*Json::Parse(
                      R"({"choices": {"empty_items": "absent",
                                      "resource_version": "absent",
                                      "missing_object": "forbidden"}})"))
                  .ok());
  EXPECT_EQ(Call("GET", pools).body, "{}");
  const Json made = BodyOf(Call("POST", pools, Pool("a")));
  EXPECT_FALSE(made.At("metadata.resourceVersion").exists());
  EXPECT_TRUE(made.At("metadata.uid").exists());
  EXPECT_EQ(Call("GET", absl::StrCat(pools, "/none")).status, 403);
}

TEST_F(RestApiTest, ServesTheCatalogues) {
  const std::string profiles = "/compute/v1beta2/global/computeProfiles";
  const std::string images = "/compute/v1beta2/global/diskImages/evroc";
  const Json profile = BodyOf(Call("GET", absl::StrCat(profiles, "/c1a.s")));
  EXPECT_EQ(profile.At("spec.memory.amount").Integer(), 4);
  EXPECT_TRUE(profile.At("metadata.uid").exists());
  EXPECT_TRUE(profile.At("metadata.creationTimestamp").exists());
  EXPECT_GT(BodyOf(Call("GET", images))["items"].size(), 10u);
  EXPECT_EQ(BodyOf(Call("GET", images, "", "a=b"))["items"].size(), 0u);
  EXPECT_EQ(Call("GET", images, "", "a in").status, 400);
  EXPECT_EQ(Call("GET", absl::StrCat(images, "/ubuntu.24-04.1")).status, 200);
  EXPECT_EQ(Call("POST", images, "{}").status, 405);
  for (const std::string& none :
       {absl::StrCat(images, "/cheese"), absl::StrCat(images, "/a/b"),
        std::string("/compute/v1beta2/global/diskImages"),
        std::string("/compute/v1beta2/global/cheese"),
        std::string("/compute/v1beta2/diskImages"),
        std::string("/compute/v1beta2/computeProfiles/c1a.s")}) {
    EXPECT_EQ(Call("GET", none).status, 404) << none;
  }
  ASSERT_TRUE(cloud_
                  .UpdateSettings(*Json::Parse(
                      R"({"choices": {"catalogue": "forbidden"}})"))
                  .ok());
  EXPECT_EQ(Call("GET", images).status, 403);
}

TEST_F(RestApiTest, CatalogueEntriesKeepTheirUuid) {
  const std::string path = "/compute/v1beta2/global/computeProfiles/c1a.s";
  EXPECT_EQ(Call("GET", path).body, Call("GET", path).body);
}

constexpr char kQuotas[] =
    "/quotas/v1alpha2/organizations/o/regions/se-sto/orgQuotas";

TEST_F(RestApiTest, ServesQuotasWithEveryMember) {
  ASSERT_EQ(Call("POST", "/compute/v1beta2/projects/p/regions/se-sto/disks",
                 R"({"apiVersion": "compute/v1beta2", "kind": "Disk",
                     "metadata": {"id": "d"}, "spec": {
                       "placement": {"zone": "a"},
                       "diskSize": {"amount": 1500, "unit": "MB"}}})")
                .status,
            201);
  Json quotas = BodyOf(Call("GET", kQuotas));
  const char* const million =
      R"({"compute":{"blockStorage":"1000000GB","memory":"1000000GB",)"
      R"("vCPUs":1000000,"gpus":{"nvidia.com/AD102GL_L40S":1000000,)"
      R"("nvidia.com/GB100_B200":1000000}},)"
      R"("networking":{"publicIPs":1000000},)"
      R"("loadBalancer":{"loadBalancers":1000000}})";
  EXPECT_EQ(quotas.At("spec.quotas").Dump(), million);
  EXPECT_EQ(
      quotas.At("status.quotaUsage").Dump(),
      R"({"compute":{"blockStorage":"2GB","blockStorageInMBs":1500,)"
      R"("memory":"0GB","memoryInKiBs":0,"vCPUs":0,)"
      R"("gpus":{"nvidia.com/AD102GL_L40S":0,"nvidia.com/GB100_B200":0}},)"
      R"("networking":{"publicIPs":0},)"
      R"("loadBalancer":{"loadBalancers":0}})");
  EXPECT_EQ(Call("GET", kQuotas).body, quotas.Dump());

  ASSERT_TRUE(cloud_
                  .UpdateSettings(*Json::Parse(
                      R"({"preset": "fresh-organisation", "choices":
                          {"unlimited_quota": "absent",
                           "quota_text": "spaced"}})"))
                  .ok());
  quotas = BodyOf(Call("GET", kQuotas));
  EXPECT_EQ(
      quotas.At("spec.quotas").Dump(),
      R"({"compute":{"memory":"160 GB","vCPUs":20,)"
      R"("gpus":{"nvidia.com/AD102GL_L40S":1,"nvidia.com/GB100_B200":0}},)"
      R"("networking":{"publicIPs":3}})");
}

constexpr char kStorageBase[] = "/storage/v1/projects/p/regions/se-sto/";

TEST_F(RestApiTest, ABucketServiceAccountHasASecret) {
  const std::string accounts =
      absl::StrCat(kStorageBase, "bucketServiceAccounts");
  ASSERT_EQ(Call("POST", accounts,
                 R"({"apiVersion": "storage/v1", "kind": "BucketServiceAccount",
                     "metadata": {"id": "a", "userLabels": {"team": "blue"}},
                     "spec": {"buckets": ["b"]}})")
                .status,
            201);
  const std::string secrets =
      absl::StrCat(kStorageBase, "bucketServiceAccountSecrets");
  EXPECT_EQ(Call("GET", absl::StrCat(secrets, "/a-s3-credentials")).status,
            404);
  cloud_.AwaitDueSteps();
  clock_.Advance(absl::Seconds(1));
  cloud_.AwaitDueSteps();
  const Json account = BodyOf(Call("GET", absl::StrCat(accounts, "/a")));
  const std::string path = absl::StrCat(
      secrets, "/", account.At("status.s3CredentialsSecretName").String());
  const Json secret = BodyOf(Call("GET", path));
  EXPECT_EQ(secret.At("data.accessKeyID").String().size(), 20u);
  EXPECT_EQ(secret.At("data.secretAccessKey").String().size(), 40u);
  EXPECT_EQ(secret.At("metadata.uid").String().size(), 36u);
  EXPECT_EQ(Call("GET", path).body, secret.Dump());
  EXPECT_EQ(Call("DELETE", path).status, 405);
  EXPECT_EQ(Call("GET", secrets).status, 404);
  EXPECT_EQ(Call("GET", absl::StrCat(secrets, "/cheese")).status, 404);
  EXPECT_EQ(BodyOf(Call("GET", accounts, "", "team=blue"))["items"].size(), 1u);
  token_ =
      issuer_.Issue({.subject = "sa_q", .project = "q"}, "i", absl::Hours(1));
  EXPECT_EQ(Call("GET", path).status, 403);
}

TEST_F(RestApiTest, ALifecyclePolicyIsKeptAsSent) {
  const Response response =
      Call("POST", absl::StrCat(kStorageBase, "buckets"),
           R"({"apiVersion": "storage/v1", "kind": "Bucket",
               "metadata": {"id": "b"}, "spec": {"lifecyclePolicy":
                 {"rules": [{"days": 3, "filter": {"prefix": "x"}}]}}})");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(BodyOf(response).At("spec.lifecyclePolicy").Dump(),
            R"({"rules":[{"days":3,"filter":{"prefix":"x"}}]})");
}

TEST_F(RestApiTest, ACustomImageTakesAllVerbs) {
  const std::string images =
      "/compute/v1beta2/projects/p/regions/se-sto/customDiskImages";
  const auto make = [this](const std::string& path, const char* api,
                           const char* kind, const char* spec) {
    return Call(
               "POST", path,
               absl::StrCat(R"({"apiVersion": ")", api, R"(", "kind": ")", kind,
                            R"(", "metadata": {"id": "x", "userLabels":
                                {"team": "blue"}}, "spec": )",
                            spec, "}"))
        .status;
  };
  ASSERT_EQ(
      make(absl::StrCat(kStorageBase, "buckets"), "storage/v1", "Bucket", "{}"),
      201);
  ASSERT_EQ(make(absl::StrCat(kStorageBase, "bucketServiceAccounts"),
                 "storage/v1", "BucketServiceAccount", "{}"),
            201);
  ASSERT_EQ(make(images, "compute/v1beta2", "CustomDiskImage",
                 R"({"architecture": "amd64",
                     "defaultDiskSize": {"amount": 10, "unit": "GB"},
                     "source": {"path": "x.vhdx", "version": "1", "bucketRef":
                       "/storage/projects/p/regions/se-sto/buckets/x",
                       "serviceAccountRef": "/storage/projects/p/regions/se-sto/bucketServiceAccounts/x"}})"),
            201);
  const std::string image = absl::StrCat(images, "/x");
  Response response = Call("PATCH", image, R"({"spec":{"description":"new"}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(BodyOf(response).At("spec.description").String(), "new");
  EXPECT_EQ(BodyOf(response).At("spec.source.version").String(), "1");
  EXPECT_EQ(Call("PATCH", image, Call("GET", image).body).status, 200);
  response = Call("PATCH", image, R"({"spec":{"source":{"path":"y.vhdx"}}})");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(BodyOf(Call("GET", images, "", "team=blue"))["items"].size(), 1u);
  EXPECT_EQ(Call("DELETE", image).status, 204);
}

TEST_F(RestApiTest, CustomImagesMayBeSwitchedOff) {
  const std::string images =
      "/compute/v1beta2/projects/p/regions/se-sto/customDiskImages";
  for (const auto& [choice, code] :
       {std::pair("served", 200), std::pair("forbidden", 403),
        std::pair("absent", 404)}) {
    ASSERT_TRUE(cloud_
                    .UpdateSettings(*Json::Parse(absl::StrCat(
                        R"({"choices": {"custom_images": ")", choice, "\"}}")))
                    .ok());
    EXPECT_EQ(Call("GET", images).status, code);
  }
}

}  // namespace
}  // namespace evroc::sim
