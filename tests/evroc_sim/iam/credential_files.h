// Creates credentials for this simulator in every format that clients of the
// cloud read (evroc-api.md A.2, B.2.6). Pure functions.

#ifndef TESTS_EVROC_SIM_IAM_CREDENTIAL_FILES_H_
#define TESTS_EVROC_SIM_IAM_CREDENTIAL_FILES_H_

#include <map>
#include <string>

#include "common/json/json.h"

namespace evroc::sim {

struct CredentialValues {
  std::string url;     // of the simulator: "http://127.0.0.1:8080"
  std::string s3_url;  // the same where there is no S3 endpoint
  std::string organisation;
  std::string project;
  std::string region;
  std::string user;
  std::string password;
  std::string refresh_token;
  std::string static_token;
  std::string service_account;  // its id, without the project
  Json service_account_jwk;
  std::string ca_pem;  // of the listener; empty without TLS
};

// Contents by file name: profile.yaml, service-account.json, password.yaml,
// token.yaml, kubeconfig.yaml.
std::map<std::string, std::string> CredentialFiles(
    const CredentialValues& values);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_CREDENTIAL_FILES_H_
