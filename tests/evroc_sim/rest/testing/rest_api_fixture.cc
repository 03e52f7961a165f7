#include "tests/evroc_sim/rest/testing/rest_api_fixture.h"

#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/iam/principal.h"

namespace evroc::sim {
namespace {

const RsaKey& SigningKey() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

}  // namespace

RestApiFixture::RestApiFixture() : issuer_(SigningKey(), clock_) {
  SignIn({.subject = "me"});
}

Response RestApiFixture::Call(const std::string& method,
                              const std::string& path, const std::string& body,
                              const std::string& selector) {
  Request request{.method = method, .path = path, .body = body};
  request.headers = {{"Authorization", absl::StrCat("Bearer ", token_)}};
  if (!selector.empty()) request.query["labelSelector"] = selector;
  return api_.Handle(request);
}

int RestApiFixture::StatusOf(const std::string& method, const std::string& path,
                             const std::string& body) {
  return Call(method, path, body).status;
}

Json RestApiFixture::BodyOf(const Response& response) {
  absl::StatusOr<Json> json = Json::Parse(response.body);
  EXPECT_TRUE(json.ok()) << response.body;
  return json.ok() ? *std::move(json) : Json();
}

void RestApiFixture::SignIn(const Identity& identity) {
  token_ = issuer_.Issue(identity, "i", absl::Hours(1));
}

void RestApiFixture::SignInAsServiceAccount(const std::string& project,
                                            const std::string& id) {
  SignIn({.subject = ClientIdOf(project, id),
          .project = project,
          .principal = ServiceAccountPrincipal(project, id)});
}

void RestApiFixture::SetChoice(absl::string_view name,
                               absl::string_view answer) {
  Json settings = Json::Object();
  settings.SetAt(absl::StrCat("choices.", name), answer);
  ASSERT_TRUE(cloud_.UpdateSettings(settings).ok());
}

}  // namespace evroc::sim
