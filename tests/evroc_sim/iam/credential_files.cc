#include "tests/evroc_sim/iam/credential_files.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/iam/token_endpoint.h"

namespace evroc::sim {
namespace {

// The CLI's file.
std::string Profile(const CredentialFacts& facts) {
  return absl::StrCat("formatVersion: v1\n",                       //
                      "currentProfile: sim\n",                     //
                      "profiles:\n",                               //
                      "  sim:\n",                                  //
                      "    domain: sim\n",                         //
                      "    apiURL: ", facts.url, "\n",             //
                      "    issuerURL: ", facts.url, kRealm, "\n",  //
                      "    s3URL: ", facts.url, "\n",              //
                      "    organization: ", facts.organisation, "\n",
                      "    project: ", facts.project, "\n",  //
                      "    region: ", facts.region, "\n",    //
                      "    user:\n",                         //
                      "      username: ", facts.user, "\n",  //
                      "      refreshToken: ", facts.refresh_token, "\n");
}

// The SDK's file, with one way to authenticate in it.
Json SdkConfig(const CredentialFacts& facts, Json auth) {
  auth.Set("token_url", absl::StrCat(facts.url, kTokenPath));
  return Json::Object(
      {{"auth", std::move(auth)},
       {"api", Json::Object({{"base_url", facts.url}})},
       {"context", Json::Object({{"project", facts.project},
                                 {"region", facts.region},
                                 {"organization", facts.organisation}})}});
}

std::string Kubeconfig(const CredentialFacts& facts) {
  const std::string ca =
      facts.ca_pem.empty()
          ? ""
          : absl::StrCat("    certificate-authority-data: ",
                         absl::Base64Escape(facts.ca_pem), "\n");
  return absl::StrCat("apiVersion: v1\n",               //
                      "kind: Config\n",                 //
                      "current-context: sim\n",         //
                      "contexts:\n",                    //
                      "- name: sim\n",                  //
                      "  context:\n",                   //
                      "    cluster: sim\n",             //
                      "    user: sim\n",                //
                      "clusters:\n",                    //
                      "- name: sim\n",                  //
                      "  cluster:\n",                   //
                      "    server: ", facts.url, "\n",  //
                      ca,                               //
                      "users:\n",                       //
                      "- name: sim\n",                  //
                      "  user:\n",                      //
                      "    token: ", facts.static_token, "\n");
}

}  // namespace

std::map<std::string, std::string> CredentialFiles(
    const CredentialFacts& facts) {
  const std::string secret =
      absl::Base64Escape(facts.service_account_jwk.Dump());
  // JSON is YAML too.
  return {
      {"profile.yaml", Profile(facts)},
      {"kubeconfig.yaml", Kubeconfig(facts)},
      {"service-account.json",
       SdkConfig(facts,
                 Json::Object({{"service_account_id", facts.service_account},
                               {"service_account_secret", secret}}))
           .Dump()},
      {"password.yaml",
       SdkConfig(facts, Json::Object({{"client_id", "evroc-cli"},
                                      {"username", facts.user},
                                      {"password", facts.password}}))
           .Dump()},
      {"token.yaml",
       SdkConfig(facts, Json::Object({{"token", facts.static_token}})).Dump()}};
}

}  // namespace evroc::sim
