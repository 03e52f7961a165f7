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

TEST_F(RestApiTest, ServesQuotas) {
  ASSERT_TRUE(
      cloud_.UpdateSettings(*Json::Parse(R"({"preset": "fresh-organisation"})"))
          .ok());
  const Json quotas = BodyOf(
      Call("GET", "/quotas/v1alpha2/organizations/o/regions/se-sto/orgQuotas"));
  EXPECT_EQ(quotas.At("spec.quotas.compute.vCPUs").Integer(), 20);
  EXPECT_EQ(quotas.At("status.quotaUsage.compute.vCPUs").Integer(-1), 0);
}

}  // namespace
}  // namespace evroc::sim
