// Files of credentials as people and other programs write them, each with what
// it must be read as. What readers of YAML disagree about is refused; nothing
// is lost on the way to a default.

#include <filesystem>
#include <set>
#include <string>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/files/read_file.h"
#include "common/status/error_details.h"
#include "gtest/gtest.h"
#include "services/evroc/connection/target.h"
#include "services/evroc/credentials/parse_credential.h"

namespace evroc::cloud {
namespace {

constexpr char kFolder[] = "tests/credential_files/corpus/";

std::string Of(const RefreshTokenGrant& grant) {
  return absl::StrCat("refresh ", grant.refresh_token);
}
std::string Of(const PasswordGrant& grant) {
  return absl::StrCat("password ", grant.username, "/", grant.password);
}
std::string Of(const AssertionGrant&) { return "key"; }
std::string Of(const StaticToken& grant) {
  return absl::StrCat("token ", grant.token);
}
std::string Of(const TokenFile&) { return "file"; }
std::string Of(const ExecPlugin&) { return "exec"; }
std::string Of(const NoToken&) { return "nothing"; }

// What would be called, with what, and for which project; or what is refused.
std::string Read(const std::string& file) {
  const std::string content = ReadFile(kFolder + file).value_or("");
  absl::StatusOr<Credential> credential =
      ParseCredential(content, CredentialOrigin::kRequest);
  const absl::StatusOr<Target> target =
      credential.ok() ? ResolveTarget(*std::move(credential), {}, {})
                      : absl::StatusOr<Target>(credential.status());
  if (!target.ok()) {
    const ErrorDetails details = DetailsOf(target.status());
    if (details.field_violations.empty()) return target.status().ToString();
    return absl::StrCat("refused: ", details.field_violations[0].field);
  }
  const Credential& read = target->credential;
  return absl::StrCat(
      target->api_url, " ", target->project, " ",
      std::visit([](const auto& grant) { return Of(grant); }, read.token.grant),
      read.token.token_url.empty() ? "" : " ", read.token.token_url,
      read.insecure_skip_tls_verify ? " insecure" : "",
      read.ca_pem.empty() ? "" : absl::StrCat(" ca=", read.ca_pem));
}

constexpr char kSdk[] =
    "https://api.example p token abc.def https://issuer.example/token";
constexpr char kCli[] =
    "https://api.example p refresh abc "
    "https://issuer.example/protocol/openid-connect/token";
constexpr char kKey[] =
    "https://api.example p key https://issuer.example/token";
constexpr char kKcp[] =
    "https://kcp.example/clusters/root:p p token abc.def "
    "https://authn.iam.evroc.com/realms/evroc-customer/protocol/"
    "openid-connect/token";
constexpr char kKcpInsecure[] =
    "https://kcp.example/clusters/root:p p token abc.def "
    "https://authn.iam.evroc.com/realms/evroc-customer/protocol/"
    "openid-connect/token insecure";
constexpr char kKcpCa[] =
    "https://kcp.example/clusters/root:p p token abc.def "
    "https://authn.iam.evroc.com/realms/evroc-customer/protocol/"
    "openid-connect/token ca=PEM";

struct Row {
  const char* file;
  const char* want;
};

constexpr Row kCorpus[] = {
    // Written in another way, and read as the same.
    {"sdk.json", kSdk},
    {"sdk_anchor.yaml", kSdk},
    {"sdk_block_token.yaml", kSdk},
    {"sdk_bom.yaml", kSdk},
    {"sdk_comments.yaml", kSdk},
    {"sdk_crlf.yaml", kSdk},
    {"sdk_crlf_block.yaml", kSdk},
    {"sdk_document_marks.yaml", kSdk},
    {"sdk_flow.yaml", kSdk},
    {"sdk_folded_token.yaml", kSdk},
    {"sdk_nulls.yaml", kSdk},
    {"sdk_quoted_newline.yaml", kSdk},
    {"sdk_str_tag.yaml", kSdk},
    {"sdk_number_project.yaml",
     "https://api.example 12345 token abc.def https://issuer.example/token"},
    {"sdk_quoted_truth_project.yaml",
     "https://api.example on token abc.def https://issuer.example/token"},
    {"sdk_key.yaml", kKey},
    {"sdk_key_block.yaml", kKey},
    {"sdk_key_folded.yaml", kKey},
    {"sdk_key_json.yaml", kKey},
    {"sdk_password.yaml",
     "https://api.example p password ada/correct horse "
     "https://issuer.example/token"},
    {"sdk_refresh_newline.yaml",
     "https://api.example p refresh abc.def https://issuer.example/token"},
    {"cli.yaml", kCli},
    {"cli_block_url.yaml", kCli},
    {"cli_crlf.yaml", kCli},
    {"cli_later_members.yaml", kCli},
    {"kubeconfig.yaml", kKcp},
    {"kubeconfig_crlf_block.yaml", kKcp},
    {"kubeconfig_extensions.yaml", kKcp},
    {"kubeconfig_true.yaml", kKcpInsecure},
    {"kubeconfig_yes.yaml", kKcpInsecure},
    {"kubeconfig_ca_lines.yaml", kKcpCa},
    // Would be a part of another request.
    {"sdk_smuggled_token.yaml", "refused: credentials.auth.token"},
    {"sdk_token_with_blank.yaml", "refused: credentials.auth.token"},
    {"sdk_two_line_token.yaml", "refused: credentials.auth.token"},
    {"sdk_zero_byte.yaml", "refused: credentials.auth.token"},
    {"sdk_password_crlf.yaml", "refused: credentials.auth.password"},
    {"sdk_refresh_lines.yaml", "refused: credentials.auth.refresh_token"},
    {"kubeconfig_colon_token.yaml", "refused: credentials.users.user.token"},
    {"kubeconfig_smuggled_token.yaml", "refused: credentials.users.user.token"},
    {"kubeconfig_smuggled_server.yaml",
     "refused: credentials.clusters.cluster.server"},
    // Readers disagree, or the value would be lost.
    {"sdk_binary_tag.yaml", "refused: credentials"},
    {"sdk_complex_key.yaml", "refused: credentials"},
    {"sdk_duplicate.json", "refused: credentials"},
    {"sdk_duplicate_key.yaml", "refused: credentials"},
    {"sdk_empty.yaml", "refused: credentials"},
    {"sdk_latin1.yaml", "refused: credentials"},
    {"sdk_merge_key.yaml", "refused: credentials"},
    {"sdk_own_tag.yaml", "refused: credentials"},
    {"sdk_tabs.yaml", "refused: credentials"},
    {"sdk_two_documents.yaml", "refused: credentials"},
    {"sdk_utf16.yaml", "refused: credentials"},
    {"sdk_date_project.yaml", "refused: credentials.context.project"},
    {"sdk_octal_project.yaml", "refused: credentials.context.project"},
    {"sdk_truth_project.yaml", "refused: credentials.context.project"},
    {"sdk_truth_token.yaml", "refused: credentials.auth.token"},
    {"sdk_list_api.yaml", "refused: credentials.api"},
    {"sdk_scalar_api.yaml", "refused: credentials.api"},
    {"sdk_misplaced_url.yaml", "refused: credentials.base_url"},
    {"sdk_misspelled_url.yaml", "refused: credentials.api.base_url"},
    {"sdk_missing_space.yaml", "refused: credentials.auth"},
    {"sdk_unknown_section.yaml", "refused: credentials.endpoint"},
    {"sdk_id_alone.yaml", "refused: credentials.auth.service_account_secret"},
    {"sdk_key_map.yaml", "refused: credentials.auth.service_account_secret"},
    {"sdk_key_tiny.yaml", "refused: credentials.auth.service_account_secret"},
    {"sdk_key_twice.yaml", "refused: credentials.auth.service_account_secret"},
    {"sdk_user_alone.yaml", "refused: credentials.auth"},
    {"cli_and_sdk.yaml", "refused: credentials"},
    {"cli_map_url.yaml", "refused: credentials.profiles.issuerURL"},
    {"cli_misspelled_url.yaml", "refused: credentials.profiles.apiURL"},
    {"cli_number_url.yaml", "refused: credentials.profiles.issuerURL"},
    {"kubeconfig_as_uid.yaml", "refused: credentials.users.user.as-uid"},
    {"kubeconfig_base64.txt", "refused: credentials"},
    {"kubeconfig_base64_lines.txt", "refused: credentials"},
    {"kubeconfig_maybe.yaml",
     "refused: credentials.clusters.cluster.insecure-skip-tls-verify"},
    {"kubeconfig_misspelled_ca.yaml",
     "refused: credentials.clusters.cluster.certificate-authority-data"},
    {"kubeconfig_two_clusters.yaml", "refused: credentials.clusters"},
};

TEST(CredentialFilesTest, AreReadAsOthersReadThemOrRefusedByName) {
  for (const auto& [file, want] : kCorpus) {
    EXPECT_EQ(Read(file), want) << file;
  }
}

TEST(CredentialFilesTest, EachFileHasARow) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    files.insert(entry.path().filename());
  }
  std::set<std::string> rows;
  for (const auto& [file, want] : kCorpus) rows.insert(file);
  EXPECT_EQ(files, rows);
}

std::string Message(const std::string& file) {
  return std::string(ParseCredential(ReadFile(kFolder + file).value_or(""),
                                     CredentialOrigin::kRequest)
                         .status()
                         .message());
}

TEST(CredentialFilesTest, ToldWhenTheyAreEncodedTwice) {
  for (const char* file :
       {"kubeconfig_base64.txt", "kubeconfig_base64_lines.txt",
        "sdk_key_twice.yaml"}) {
    EXPECT_TRUE(absl::StrContains(Message(file), "encoded twice"))
        << Message(file);
  }
}

}  // namespace
}  // namespace evroc::cloud
