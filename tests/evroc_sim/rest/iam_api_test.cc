#include "tests/evroc_sim/rest/iam_api.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/jwt.h"
#include "common/text/uuid.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

namespace evroc::sim {
namespace {

constexpr char kProjectsPath[] = "/iam/v1beta1/projects";
constexpr char kAccounts[] = "/iam/v1beta1/projects/p/serviceAccounts";
constexpr char kRobot[] = "/iam/v1beta1/projects/p/serviceAccounts/robot";
constexpr char kKeys[] =
    "/iam/v1beta1/projects/p/serviceAccounts/robot/serviceAccountCredentials";
constexpr char kKey[] =
    "/iam/v1beta1/projects/p/serviceAccounts/robot/serviceAccountCredentials/"
    "key";

std::string Body(const char* kind, const char* id, const std::string& spec,
                 const char* labels = "{}") {
  return absl::StrCat(R"({"apiVersion": "iam/v1beta1", "kind": ")", kind,
                      R"(", "metadata": {"id": ")", id, R"(", "userLabels": )",
                      labels, R"(}, "spec": )", spec, "}");
}

class IamApiTest : public RestApiFixture {
 protected:
  Json MakeRobot(const char* labels = "{}") {
    return BodyOf(Call(
        "POST", kAccounts,
        Body("ServiceAccount", "robot", R"({"description": "d"})", labels)));
  }
  // The private key of a new credential of the robot.
  RsaKey MakeKey() {
    const Json credential = BodyOf(Call("POST", kKeys, KeyBody()));
    std::string jwk;
    EXPECT_TRUE(absl::Base64Unescape(
        credential.At("status.privateKeyJwk").String(), &jwk));
    return *RsaKey::FromJwk(*Json::Parse(jwk));
  }
  // Whether the robot can sign in with the key.
  bool CanSignIn(const RsaKey& key) {
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    const Json claims = Json::Object({{"jti", RandomUuid()},
                                      {"iss", "robot_p"},
                                      {"sub", "robot_p"},
                                      {"aud", "x"},
                                      {"exp", now + 300}});
    return accounts_
        .CheckAssertion("robot_p", *SignJwt(key, claims), clock_.Now(),
                        [](absl::string_view url) { return url == "x"; })
        .ok();
  }
  static std::string KeyBody(const char* more = "") {
    return Body("ServiceAccountCredential", "key",
                absl::StrCat(
                    R"({"accountRef": {"fqid":
                  "/iam/projects/p/serviceAccounts/robot"},
                "type": "rs256-jwt", "expiresAt": "2099-01-01T00:00:00Z")",
                    more, "}"));
  }
};

TEST_F(IamApiTest, PermissionSetsAreGone) {
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/projects/p/permissionSets"), 404);
  EXPECT_EQ(StatusOf("GET", "/iam/v1beta1/projects/p/permissionSets/x"), 404);
  EXPECT_EQ(StatusOf("POST", "/iam/v1beta1/projects/p/permissionSets", "{}"),
            404);
}

TEST_F(IamApiTest, AServiceAccountIsMadeReadListedAndDeleted) {
  const Json account = MakeRobot();
  EXPECT_EQ(account.At("metadata.project").String(), "p");
  EXPECT_FALSE(account.At("metadata.organization").exists());
  EXPECT_FALSE(account.At("metadata.region").exists());
  EXPECT_TRUE(IsUuid(account.At("metadata.uid").String()));
  EXPECT_EQ(account.At("status.oauthClientId").String(), "robot_p");
  EXPECT_EQ(account.At("spec").Dump(), R"({"description":"d","enabled":true})");
  EXPECT_EQ(Call("GET", kRobot).body, account.Dump());
  EXPECT_EQ(BodyOf(Call("GET", kAccounts))["items"].size(), 1u);
  EXPECT_EQ(StatusOf("POST", kAccounts, Body("ServiceAccount", "robot", "{}")),
            409);
  EXPECT_EQ(StatusOf("DELETE", kRobot), 204);
  EXPECT_EQ(StatusOf("GET", kRobot), 404);
  EXPECT_EQ(StatusOf("DELETE", kRobot), 404);
}

TEST_F(IamApiTest, BodiesAreChecked) {
  EXPECT_EQ(StatusOf("POST", kAccounts, "{"), 400);
  EXPECT_EQ(StatusOf("POST", kAccounts, Body("Disk", "robot", "{}")), 400);
  EXPECT_EQ(StatusOf("POST", kAccounts, Body("ServiceAccount", "R", "{}")),
            400);
  EXPECT_EQ(StatusOf("POST", kAccounts,
                     Body("ServiceAccount", "r", R"({"enabled": "yes"})")),
            400);
  EXPECT_EQ(StatusOf("POST", kAccounts,
                     Body("ServiceAccount", "r", "{}", R"({"a/b": "c"})")),
            400);
  EXPECT_EQ(StatusOf("PUT", kRobot, "{}"), 405);
  EXPECT_EQ(StatusOf("PATCH", kRobot, "{}"), 404);
}

TEST_F(IamApiTest, ListsHonourTheLabelSelector) {
  MakeRobot(R"({"team": "blue"})");
  const auto count = [this](const char* selector) {
    return BodyOf(Call("GET", kAccounts, "", selector))["items"].size();
  };
  EXPECT_EQ(count("team=blue"), 1u);
  EXPECT_EQ(count("team in (red,green)"), 0u);
  EXPECT_EQ(Call("GET", kAccounts, "", "a b").status, 400);
  SetChoice("empty_items", "absent");
  EXPECT_EQ(Call("GET", kAccounts, "", "team=red").body, "{}");
}

TEST_F(IamApiTest, APatchMergesSpecAndLabels) {
  MakeRobot(R"({"team": "blue"})");
  Json account = BodyOf(
      Call("PATCH", kRobot, R"({"metadata": {"userLabels": {"tier": "x"}}})"));
  EXPECT_EQ(account.At("metadata.userLabels").Dump(),
            R"({"team":"blue","tier":"x"})");
  EXPECT_EQ(account.At("metadata.generation").Integer(), 1);
  EXPECT_EQ(account.At("metadata.resourceVersion").String(), "2");
  account = BodyOf(Call("PATCH", kRobot, R"({"spec": {"enabled": false}})"));
  EXPECT_EQ(account.At("spec").Dump(),
            R"({"description":"d","enabled":false})");
  EXPECT_EQ(account.At("metadata.generation").Integer(), 2);
  SetChoice("label_patch", "replace");
  account = BodyOf(
      Call("PATCH", kRobot, R"({"metadata": {"userLabels": {"tier": "x"}}})"));
  EXPECT_EQ(account.At("metadata.userLabels").Dump(), R"({"tier":"x"})");
}

TEST_F(IamApiTest, AWholeObjectCanBePatchedOnceForEachVersion) {
  Json account = MakeRobot();
  EXPECT_EQ(Call("PATCH", kRobot, account.Dump()).body, account.Dump());
  account.SetAt("spec.description", "new");
  EXPECT_EQ(StatusOf("PATCH", kRobot, account.Dump()), 200);
  EXPECT_EQ(StatusOf("PATCH", kRobot, account.Dump()), 409);
}

TEST_F(IamApiTest, ACredentialShowsItsKeyOnce) {
  MakeRobot();
  const Response response = Call("POST", kKeys, KeyBody());
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.route,
            "/iam/v1beta1/projects/{project}/serviceAccounts/{account}/"
            "serviceAccountCredentials");
  const Json credential = BodyOf(response);
  EXPECT_EQ(credential.At("metadata.project").String(), "p");
  std::string jwk;
  ASSERT_TRUE(absl::Base64Unescape(
      credential.At("status.privateKeyJwk").String(), &jwk));
  EXPECT_TRUE(RsaKey::FromJwk(*Json::Parse(jwk)).ok());
  EXPECT_FALSE(BodyOf(Call("GET", kKey)).At("status.privateKeyJwk").exists());
  EXPECT_EQ(BodyOf(Call("GET", kKeys))["items"].size(), 1u);
  EXPECT_EQ(StatusOf("PATCH", kKey, "{}"), 405);
  EXPECT_EQ(StatusOf("DELETE", kKey), 204);
  EXPECT_EQ(StatusOf("GET", kKey), 404);
}

TEST_F(IamApiTest, ADisabledAccountCantSignIn) {
  MakeRobot();
  const RsaKey key = MakeKey();
  EXPECT_TRUE(CanSignIn(key));
  EXPECT_EQ(StatusOf("PATCH", kRobot, R"({"spec": {"enabled": false}})"), 200);
  EXPECT_FALSE(CanSignIn(key));
  EXPECT_EQ(StatusOf("PATCH", kRobot, R"({"spec": {"enabled": true}})"), 200);
  EXPECT_TRUE(CanSignIn(key));
}

TEST_F(IamApiTest, AKeyThatIsRevokedOrDeletedIsOfNoUse) {
  MakeRobot();
  const RsaKey revoked = MakeKey();
  EXPECT_EQ(StatusOf("POST", absl::StrCat(kKey, "/revoke"), "{}"), 200);
  EXPECT_FALSE(CanSignIn(revoked));
  EXPECT_EQ(StatusOf("DELETE", kKey), 204);
  const RsaKey deleted = MakeKey();
  EXPECT_TRUE(CanSignIn(deleted));
  EXPECT_EQ(StatusOf("DELETE", kKey), 204);
  EXPECT_FALSE(CanSignIn(deleted));
  const RsaKey orphan = MakeKey();
  EXPECT_EQ(StatusOf("DELETE", kRobot), 204);
  MakeRobot();
  EXPECT_FALSE(CanSignIn(orphan));
}

TEST_F(IamApiTest, ACredentialNeedsItsAccountAndATimeToCome) {
  EXPECT_EQ(StatusOf("POST", kKeys, KeyBody()), 404);
  MakeRobot();
  Json body = *Json::Parse(KeyBody());
  body.SetAt("spec.accountRef.fqid", "/iam/projects/p/serviceAccounts/other");
  EXPECT_EQ(StatusOf("POST", kKeys, body.Dump()), 400);
  for (const char* time : {"soon", "2001-01-01T00:00:00Z"}) {
    body = *Json::Parse(KeyBody());
    body.SetAt("spec.expiresAt", time);
    EXPECT_EQ(StatusOf("POST", kKeys, body.Dump()), 400) << time;
  }
  body = *Json::Parse(KeyBody());
  body.SetAt("spec.type", "hmac-sigv4");
  EXPECT_EQ(StatusOf("POST", kKeys, body.Dump()), 400);
}

TEST_F(IamApiTest, ARevocationShowsOnCredentialAndAccount) {
  MakeRobot();
  Call("POST", kKeys, KeyBody());
  const std::string revoke = absl::StrCat(kKey, "/revoke");
  const Json revoked = BodyOf(Call("POST", revoke, R"({"reason": "lost"})"));
  EXPECT_EQ(revoked.At("spec.revocationRequest").Dump(),
            R"({"requested":true,"reason":"lost"})");
  EXPECT_EQ(
      BodyOf(Call("GET", kRobot)).At("status.lastRevocationTime").String(),
      revoked.At("status.revokedAt").String());
  EXPECT_FALSE(revoked.At("status.revokedAt").String().empty());
  clock_.Advance(absl::Seconds(10));
  SignIn({.subject = "me"});
  EXPECT_EQ(Call("POST", revoke).body, revoked.Dump());
  EXPECT_EQ(StatusOf("GET", revoke), 405);
}

TEST_F(IamApiTest, AnAccountTakesItsCredentialsAlong) {
  MakeRobot();
  Call("POST", kKeys, KeyBody());
  EXPECT_EQ(StatusOf("DELETE", kRobot), 204);
  MakeRobot();
  EXPECT_EQ(StatusOf("GET", kKey), 404);
}

TEST_F(IamApiTest, AProjectKeepsItsOrganisation) {
  for (const char* spec :
       {"{}", R"({"organization": "*"})", R"({"organization": "a/b"})"}) {
    EXPECT_EQ(StatusOf("POST", kProjectsPath, Body("Project", "q", spec)), 400)
        << spec;
  }
  const Json project = BodyOf(Call(
      "POST", kProjectsPath, Body("Project", "q", R"({"organization": "o"})")));
  EXPECT_FALSE(project.At("metadata.project").exists());
  const std::string path = absl::StrCat(kProjectsPath, "/q");
  EXPECT_EQ(BodyOf(Call("PATCH", path, R"({"spec": {"name": "Q"}})"))
                .At("spec.name")
                .String(),
            "Q");
  EXPECT_EQ(StatusOf("PATCH", path, R"({"spec": {"organization": "x"}})"), 422);
}

TEST_F(IamApiTest, AnOrganisationHasAUuidAndItsName) {
  iam_.Ensure("organizations", "acme", Json::Object());
  const std::string path = "/iam/v1beta1/organizations";
  const Json list = BodyOf(Call("GET", path));
  ASSERT_EQ(list["items"].size(), 1u);
  const std::string id(list["items"][0].At("metadata.id").String());
  EXPECT_TRUE(IsUuid(id));
  const Response by_name = Call("GET", absl::StrCat(path, "/acme"));
  EXPECT_EQ(by_name.status, 200);
  EXPECT_EQ(Call("GET", absl::StrCat(path, "/", id)).body, by_name.body);
  EXPECT_EQ(StatusOf("PATCH", absl::StrCat(path, "/", id), by_name.body), 200);
  EXPECT_EQ(StatusOf("DELETE", absl::StrCat(path, "/acme")), 405);
  EXPECT_EQ(StatusOf("POST", path, "{}"), 405);
}

TEST_F(IamApiTest, TheStateSurvives) {
  MakeRobot(R"({"team": "blue"})");
  Call("POST", kKeys, KeyBody());
  IamApi again(accounts_, clock_);
  again.LoadState(iam_.SaveState());
  EXPECT_EQ(again.SaveState(), iam_.SaveState());
}

}  // namespace
}  // namespace evroc::sim
