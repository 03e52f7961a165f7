#include "tests/evroc_sim/iam/credential_files.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/iam/token_endpoint.h"

namespace evroc::sim {
namespace {

// The CLI's file.
std::string Profile(const CredentialValues& values) {
  return absl::StrCat("formatVersion: v1\n",                        //
                      "currentProfile: sim\n",                      //
                      "profiles:\n",                                //
                      "  sim:\n",                                   //
                      "    domain: sim\n",                          //
                      "    apiURL: ", values.url, "\n",             //
                      "    issuerURL: ", values.url, kRealm, "\n",  //
                      "    s3URL: ", values.s3_url, "\n",           //
                      "    organization: ", values.organisation, "\n",
                      "    project: ", values.project, "\n",  //
                      "    region: ", values.region, "\n",    //
                      "    user:\n",                          //
                      "      username: ", values.user, "\n",  //
                      "      refreshToken: ", values.refresh_token, "\n");
}

// The SDK's file, with one authentication method.
Json SdkConfig(const CredentialValues& values, Json auth) {
  auth.Set("token_url", absl::StrCat(values.url, kTokenPath));
  return Json::Object(
      {{"auth", std::move(auth)},
       {"api", Json::Object({{"base_url", values.url}})},
       {"context", Json::Object({{"project", values.project},
                                 {"region", values.region},
                                 {"organization", values.organisation}})}});
}

std::string Kubeconfig(const CredentialValues& values) {
  const std::string ca =
      values.ca_pem.empty()
          ? ""
          : absl::StrCat("    certificate-authority-data: ",
                         absl::Base64Escape(values.ca_pem), "\n");
  return absl::StrCat("apiVersion: v1\n",                //
                      "kind: Config\n",                  //
                      "current-context: sim\n",          //
                      "contexts:\n",                     //
                      "- name: sim\n",                   //
                      "  context:\n",                    //
                      "    cluster: sim\n",              //
                      "    user: sim\n",                 //
                      "clusters:\n",                     //
                      "- name: sim\n",                   //
                      "  cluster:\n",                    //
                      "    server: ", values.url, "\n",  //
                      ca,                                //
                      "users:\n",                        //
                      "- name: sim\n",                   //
                      "  user:\n",                       //
                      "    token: ", values.static_token, "\n");
}

}  // namespace

std::map<std::string, std::string> CredentialFiles(
    const CredentialValues& values) {
  const std::string secret =
      absl::Base64Escape(values.service_account_jwk.Dump());
  // JSON is also YAML.
  return {
      {"profile.yaml", Profile(values)},
      {"kubeconfig.yaml", Kubeconfig(values)},
      {"service-account.json",
       SdkConfig(values,
                 Json::Object({{"service_account_id", values.service_account},
                               {"service_account_secret", secret}}))
           .Dump()},
      {"password.yaml",
       SdkConfig(values, Json::Object({{"client_id", "evroc-cli"},
                                       {"username", values.user},
                                       {"password", values.password}}))
           .Dump()},
      {"token.yaml",
       SdkConfig(values, Json::Object({{"token", values.static_token}}))
           .Dump()}};
}

}  // namespace evroc::sim
