#include "common/kubeconfig/kubeconfig.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/read_file.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

// Finds the element of a named list, e.g. users[name=…].user.
absl::StatusOr<JsonView> FindNamed(JsonView document,
                                   const KubeconfigRules& rules,
                                   absl::string_view list,
                                   absl::string_view name,
                                   absl::string_view member) {
  const std::string field = absl::StrCat(rules.field_prefix, list);
  const JsonView entries = document[list];
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]["name"].String() != name) continue;
    if (entries[i][member].is_object()) return entries[i][member];
    return InvalidField(absl::StrCat(field, "[", i, "].", member),
                        "is missing");
  }
  return InvalidField(field, absl::StrCat("has no entry \"", name, "\""));
}

// Reads members of one stanza; members that name files or commands need trust.
class Stanza {
 public:
  Stanza(JsonView json, std::string path, const KubeconfigRules& rules)
      : json_(json), path_(std::move(path)), rules_(rules) {}

  std::string Text(absl::string_view name) const {
    return std::string(json_[name].String());
  }
  bool Flag(absl::string_view name) const {
    return json_[name].Bool() || json_[name].String() == "true";
  }
  JsonView operator[](absl::string_view name) const { return json_[name]; }
  std::string Field(absl::string_view name) const {
    return absl::StrCat(rules_.field_prefix, path_, ".", name);
  }
  Stanza Below(absl::string_view name, JsonView json) const {
    return {json, absl::StrCat(path_, ".", name), rules_};
  }

  absl::Status RequireTrust(absl::string_view name) const {
    if (rules_.trusted) return absl::OkStatus();
    return InvalidField(Field(name), rules_.distrust);
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
    std::string text = ReadFile(path).value_or("");
    if (text.empty()) {
      return InvalidField(Field(name), "names a file that can't be read");
    }
    return text;
  }

 private:
  const JsonView json_;
  const std::string path_;
  const KubeconfigRules& rules_;
};

absl::Status ReadCluster(const Stanza& cluster, Kubeconfig& config) {
  config.server = cluster.Text("server");
  if (config.server.empty()) {
    return InvalidField(cluster.Field("server"), "is missing");
  }
  if (!ParseUrl(config.server).ok()) {
    return InvalidField(cluster.Field("server"), "is not an http(s) URL");
  }
  EVROC_ASSIGN_OR_RETURN(config.ca_pem, cluster.Data("certificate-authority"));
  config.insecure_skip_tls_verify = cluster.Flag("insecure-skip-tls-verify");
  config.proxy_url = cluster.Text("proxy-url");
  config.tls_server_name = cluster.Text("tls-server-name");
  return absl::OkStatus();
}

absl::Status ReadOidc(const Stanza& provider, Kubeconfig& config) {
  OidcProvider oidc{.refresh_token = provider.Text("refresh-token"),
                    .client_id = provider.Text("client-id"),
                    .client_secret = provider.Text("client-secret"),
                    .issuer_url = provider.Text("idp-issuer-url")};
  if (oidc.refresh_token.empty()) {
    std::string id_token = provider.Text("id-token");
    if (id_token.empty()) {
      return InvalidField(provider.Field("refresh-token"), "is missing");
    }
    config.user = StaticToken{std::move(id_token)};
    return absl::OkStatus();
  }
  if (oidc.issuer_url.empty()) {
    return InvalidField(provider.Field("idp-issuer-url"), "is missing");
  }
  EVROC_ASSIGN_OR_RETURN(oidc.issuer_ca_pem,
                         provider.Data("idp-certificate-authority"));
  config.user = std::move(oidc);
  return absl::OkStatus();
}

std::string ClusterInfo(const Kubeconfig& config) {
  Json cluster = Json::Object({{"server", config.server}});
  if (!config.ca_pem.empty()) {
    cluster.Set("certificate-authority-data",
                absl::Base64Escape(config.ca_pem));
  }
  if (!config.tls_server_name.empty()) {
    cluster.Set("tls-server-name", config.tls_server_name);
  }
  return cluster.Dump();
}

absl::Status ReadExec(const Stanza& user, Kubeconfig& config) {
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
  if (wants_cluster) plugin.cluster_info = ClusterInfo(config);
  config.user = std::move(plugin);
  return absl::OkStatus();
}

absl::Status ReadCertificate(const Stanza& user, Kubeconfig& config) {
  EVROC_ASSIGN_OR_RETURN(config.client_certificate_pem,
                         user.Data("client-certificate"));
  EVROC_ASSIGN_OR_RETURN(config.client_key_pem, user.Data("client-key"));
  if (config.client_certificate_pem.empty() != config.client_key_pem.empty()) {
    return InvalidField(user.Field("client-certificate-data"),
                        "and client-key-data go together");
  }
  return absl::OkStatus();
}

absl::Status ReadUser(const Stanza& user, Kubeconfig& config) {
  EVROC_RETURN_IF_ERROR(ReadCertificate(user, config));
  if (user["as"].exists() || user["as-groups"].exists()) {
    return InvalidField(user.Field("as"), "is not supported");
  }
  // As in kubectl, a token file takes precedence over a token.
  if (std::string path = user.Text("tokenFile"); !path.empty()) {
    EVROC_RETURN_IF_ERROR(user.RequireTrust("tokenFile"));
    config.user = TokenFile{std::move(path)};
    return absl::OkStatus();
  }
  if (std::string token = user.Text("token"); !token.empty()) {
    config.user = StaticToken{std::move(token)};
    return absl::OkStatus();
  }
  if (user["username"].exists() || user["password"].exists()) {
    config.user = BasicAuth{user.Text("username"), user.Text("password")};
    return absl::OkStatus();
  }
  if (const JsonView provider = user["auth-provider"]; provider.is_object()) {
    if (provider["name"].String() != "oidc") {
      return InvalidField(user.Field("auth-provider.name"),
                          "is not oidc, the only one supported");
    }
    return ReadOidc(user.Below("auth-provider.config", provider["config"]),
                    config);
  }
  if (user["exec"].is_object()) return ReadExec(user, config);
  return absl::OkStatus();
}

std::string PathFrom(absl::string_view folder, absl::string_view path) {
  if (path.empty() || folder.empty() || absl::StartsWith(path, "/")) {
    return std::string(path);
  }
  return absl::StrCat(folder, "/", path);
}

Json StanzaFrom(absl::string_view folder, JsonView stanza) {
  Json moved(stanza);
  for (const absl::string_view name :
       {"certificate-authority", "client-certificate", "client-key",
        "tokenFile", "auth-provider.config.idp-certificate-authority"}) {
    const absl::string_view path = stanza.At(name).String();
    if (!path.empty()) moved.SetAt(name, PathFrom(folder, path));
  }
  // A bare name is looked up in PATH.
  const absl::string_view command = stanza.At("exec.command").String();
  if (absl::StrContains(command, '/')) {
    moved.SetAt("exec.command", PathFrom(folder, command));
  }
  return moved;
}

}  // namespace

absl::StatusOr<Kubeconfig> ParseKubeconfig(JsonView document,
                                           const KubeconfigRules& rules) {
  const std::string current(document["current-context"].String());
  if (current.empty()) {
    return InvalidField(absl::StrCat(rules.field_prefix, "current-context"),
                        "is missing");
  }
  EVROC_ASSIGN_OR_RETURN(
      const JsonView context,
      FindNamed(document, rules, "contexts", current, "context"));
  EVROC_ASSIGN_OR_RETURN(const JsonView cluster,
                         FindNamed(document, rules, "clusters",
                                   context["cluster"].String(), "cluster"));
  EVROC_ASSIGN_OR_RETURN(
      const JsonView user,
      FindNamed(document, rules, "users", context["user"].String(), "user"));
  Kubeconfig config;
  config.name_space = std::string(context["namespace"].String());
  EVROC_RETURN_IF_ERROR(
      ReadCluster(Stanza(cluster, "clusters.cluster", rules), config));
  EVROC_RETURN_IF_ERROR(ReadUser(Stanza(user, "users.user", rules), config));
  return config;
}

Json WithPathsFrom(absl::string_view folder, JsonView document) {
  Json moved(document);
  const std::pair<absl::string_view, absl::string_view> lists[] = {
      {"clusters", "cluster"}, {"users", "user"}};
  for (const auto& [list, member] : lists) {
    const JsonView entries = document[list];
    if (!entries.is_array()) continue;
    Json rewritten = Json::Array();
    for (size_t i = 0; i < entries.size(); ++i) {
      Json entry(entries[i]);
      if (entries[i][member].is_object()) {
        entry.Set(member, StanzaFrom(folder, entries[i][member]));
      }
      rewritten.Push(std::move(entry));
    }
    moved.Set(list, std::move(rewritten));
  }
  return moved;
}

}  // namespace evroc
