#include "services/evroc/credentials/kubeconfig.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::cloud {
namespace {

absl::Status Missing(absl::string_view field) {
  return InvalidField(absl::StrCat("credentials.", field), "is missing");
}

// The element of a named list, e.g. users[name=…].user.
absl::StatusOr<JsonView> FindNamed(JsonView document, absl::string_view list,
                                   absl::string_view name,
                                   absl::string_view member) {
  const JsonView entries = document[list];
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]["name"].String() != name) continue;
    if (entries[i][member].is_object()) return entries[i][member];
    return Missing(absl::StrCat(list, "[", i, "].", member));
  }
  return InvalidField(absl::StrCat("credentials.", list),
                      absl::StrCat("has no entry \"", name, "\""));
}

// Reads members of one stanza; what names files or commands needs trust.
class Stanza {
 public:
  Stanza(JsonView json, std::string path, bool trusted)
      : json_(json), path_(std::move(path)), trusted_(trusted) {}

  std::string Text(absl::string_view name) const {
    return std::string(json_[name].String());
  }
  bool Flag(absl::string_view name) const {
    return json_[name].Bool() || json_[name].String() == "true";
  }
  JsonView operator[](absl::string_view name) const { return json_[name]; }
  std::string Field(absl::string_view name) const {
    return absl::StrCat("credentials.", path_, ".", name);
  }

  absl::Status RequireTrust(absl::string_view name) const {
    if (trusted_) return absl::OkStatus();
    return InvalidField(Field(name),
                        "is allowed only in a credential that the service "
                        "loaded from its --credentials-dir");
  }

  // "<name>-data" as base64, else the file that "<name>" names.
  absl::StatusOr<std::string> Data(const std::string& name) const {
    const std::string data_name = absl::StrCat(name, "-data");
    if (const std::string encoded = Text(data_name); !encoded.empty()) {
      std::string decoded;
      if (absl::Base64Unescape(encoded, &decoded)) return decoded;
      return InvalidField(Field(data_name), "is not base64");
    }
    const std::string path = Text(name);
    if (path.empty()) return std::string();
    EVROC_RETURN_IF_ERROR(RequireTrust(name));
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file.good() && text.str().empty()) {
      return InvalidField(Field(name), "names a file that can't be read");
    }
    return text.str();
  }

 private:
  const JsonView json_;
  const std::string path_;
  const bool trusted_;
};

absl::Status ReadCluster(const Stanza& cluster, Credential& credential) {
  credential.api_url = cluster.Text("server");
  if (credential.api_url.empty()) {
    return InvalidField(cluster.Field("server"), "is missing");
  }
  if (!ParseUrl(credential.api_url).ok()) {
    return InvalidField(cluster.Field("server"), "is not an http(s) URL");
  }
  EVROC_ASSIGN_OR_RETURN(credential.ca_pem,
                         cluster.Data("certificate-authority"));
  credential.insecure_skip_tls_verify =
      cluster.Flag("insecure-skip-tls-verify");
  credential.proxy_url = cluster.Text("proxy-url");
  if (!cluster.Text("tls-server-name").empty()) {
    return InvalidField(cluster.Field("tls-server-name"), "is not supported");
  }
  return absl::OkStatus();
}

absl::Status ReadOidc(const Stanza& config, Credential& credential) {
  const std::string refresh_token = config.Text("refresh-token");
  const std::string id_token = config.Text("id-token");
  if (refresh_token.empty()) {
    if (id_token.empty()) {
      return InvalidField(config.Field("refresh-token"), "is missing");
    }
    credential.token.grant = StaticToken{id_token};
    return absl::OkStatus();
  }
  credential.token.grant =
      RefreshTokenGrant{.refresh_token = refresh_token,
                        .client_secret = config.Text("client-secret")};
  credential.token.client_id = config.Text("client-id");
  credential.token.issuer_url = config.Text("idp-issuer-url");
  if (credential.token.issuer_url.empty()) {
    return InvalidField(config.Field("idp-issuer-url"), "is missing");
  }
  EVROC_ASSIGN_OR_RETURN(credential.token.issuer_ca_pem,
                         config.Data("idp-certificate-authority"));
  return absl::OkStatus();
}

absl::Status ReadExec(const Stanza& user, const Credential& credential,
                      TokenConfig& token) {
  EVROC_RETURN_IF_ERROR(user.RequireTrust("exec"));
  const JsonView exec = user["exec"];
  ExecPlugin plugin{.command = std::string(exec["command"].String()),
                    .api_version = std::string(exec["apiVersion"].String())};
  if (plugin.command.empty()) {
    return InvalidField(user.Field("exec.command"), "is missing");
  }
  for (size_t i = 0; i < exec["args"].size(); ++i) {
    plugin.args.emplace_back(exec["args"][i].String());
  }
  for (size_t i = 0; i < exec["env"].size(); ++i) {
    const JsonView variable = exec["env"][i];
    plugin.env[std::string(variable["name"].String())] =
        std::string(variable["value"].String());
  }
  const bool wants_cluster = exec["provideClusterInfo"].Bool();
  if (wants_cluster) {
    Json cluster = Json::Object({{"server", credential.api_url}});
    if (!credential.ca_pem.empty()) {
      cluster.Set("certificate-authority-data",
                  absl::Base64Escape(credential.ca_pem));
    }
    plugin.cluster_info = cluster.Dump();
  }
  token.grant = std::move(plugin);
  return absl::OkStatus();
}

absl::Status ReadUser(const Stanza& user, bool trusted,
                      Credential& credential) {
  EVROC_ASSIGN_OR_RETURN(credential.client_certificate_pem,
                         user.Data("client-certificate"));
  EVROC_ASSIGN_OR_RETURN(credential.client_key_pem, user.Data("client-key"));
  if (credential.client_certificate_pem.empty() !=
      credential.client_key_pem.empty()) {
    return InvalidField(user.Field("client-certificate-data"),
                        "and client-key-data go together");
  }
  // kubectl's order: a token file counts before a token.
  if (std::string path = user.Text("tokenFile"); !path.empty()) {
    EVROC_RETURN_IF_ERROR(user.RequireTrust("tokenFile"));
    credential.token.grant = TokenFile{std::move(path)};
    return absl::OkStatus();
  }
  if (std::string token = user.Text("token"); !token.empty()) {
    credential.token.grant = StaticToken{std::move(token)};
    return absl::OkStatus();
  }
  if (const JsonView provider = user["auth-provider"]; provider.is_object()) {
    if (provider["name"].String() != "oidc") {
      return InvalidField(user.Field("auth-provider.name"),
                          "is not oidc, the only one supported");
    }
    return ReadOidc(
        Stanza(provider["config"], "users.user.auth-provider.config", trusted),
        credential);
  }
  if (user["exec"].is_object()) {
    return ReadExec(user, credential, credential.token);
  }
  if (!credential.client_certificate_pem.empty()) return absl::OkStatus();
  return InvalidField("credentials.users.user",
                      "has no token, tokenFile, client-certificate, "
                      "auth-provider or exec");
}

}  // namespace

absl::StatusOr<Credential> ParseKubeconfig(JsonView document, bool trusted) {
  const std::string context_name(document["current-context"].String());
  if (context_name.empty()) return Missing("current-context");
  EVROC_ASSIGN_OR_RETURN(
      const JsonView context,
      FindNamed(document, "contexts", context_name, "context"));
  EVROC_ASSIGN_OR_RETURN(
      const JsonView cluster,
      FindNamed(document, "clusters", context["cluster"].String(), "cluster"));
  EVROC_ASSIGN_OR_RETURN(
      const JsonView user,
      FindNamed(document, "users", context["user"].String(), "user"));
  Credential credential;
  credential.dialect = Dialect::kKcp;
  EVROC_RETURN_IF_ERROR(
      ReadCluster(Stanza(cluster, "clusters.cluster", trusted), credential));
  EVROC_RETURN_IF_ERROR(
      ReadUser(Stanza(user, "users.user", trusted), trusted, credential));
  return credential;
}

}  // namespace evroc::cloud
