#include "common/kubeconfig/kubeconfig.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/auth/bearer_token.h"
#include "common/files/read_file.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/members.h"

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
  JsonView found;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (TrimmedText(entries[i], "name") != name) continue;
    if (found.exists()) {
      return InvalidField(field,
                          absl::StrCat("has two entries \"", name, "\""));
    }
    found = entries[i][member];
    if (!found.is_object()) {
      return InvalidField(absl::StrCat(field, "[", i, "].", member),
                          "is missing");
    }
  }
  if (found.exists()) return found;
  return InvalidField(field, absl::StrCat("has no entry \"", name, "\""));
}

// Reads members of one stanza; members that name files or commands need trust.
class Stanza {
 public:
  Stanza(JsonView json, std::string path, const KubeconfigRules& rules)
      : json_(json), path_(std::move(path)), rules_(rules) {}

  // Checks all members that are read; what kubectl ignores is ignored.
  absl::Status Check(std::initializer_list<KnownMember> known) const {
    return CheckMembers(json_, absl::StrCat(rules_.field_prefix, path_), known,
                        UnknownMembers::kIgnored);
  }
  std::string Text(absl::string_view name) const {
    return TrimmedText(json_, name);
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
      if (absl::Base64Unescape(encoded, &decoded)) {
        return Readable(data_name, std::move(decoded));
      }
      return InvalidField(Field(data_name), "is not base64");
    }
    const std::string path = Text(name);
    if (path.empty()) return std::string();
    EVROC_RETURN_IF_ERROR(RequireTrust(name));
    std::string text = ReadFile(path).value_or("");
    if (text.empty()) {
      return InvalidField(Field(name), "names a file that can't be read");
    }
    return Readable(name, std::move(text));
  }

 private:
  // OpenSSL would ask the terminal for the passphrase.
  absl::StatusOr<std::string> Readable(absl::string_view name,
                                       std::string pem) const {
    if (absl::StrContains(pem, "Proc-Type:") ||
        absl::StrContains(pem, "BEGIN ENCRYPTED")) {
      return InvalidField(Field(name),
                          "is encrypted, and no passphrase can be given");
    }
    return pem;
  }

  const JsonView json_;
  const std::string path_;
  const KubeconfigRules& rules_;
};

constexpr auto kLines = KnownMember::Kind::kLines;
constexpr auto kOther = KnownMember::Kind::kOther;

absl::Status ReadCluster(const Stanza& cluster, Kubeconfig& config) {
  EVROC_RETURN_IF_ERROR(
      cluster.Check({{"server"},
                     {"certificate-authority"},
                     {"certificate-authority-data", kLines},
                     {"insecure-skip-tls-verify", KnownMember::Kind::kFlag},
                     {"proxy-url"},
                     {"tls-server-name"}}));
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

absl::Status UseToken(const std::string& field, std::string token,
                      Kubeconfig& config) {
  if (!IsVisibleWord(token)) {
    return InvalidField(field,
                        "has a character that an HTTP header can't hold");
  }
  config.user = StaticToken{std::move(token)};
  return absl::OkStatus();
}

absl::Status ReadOidc(const Stanza& provider, Kubeconfig& config) {
  EVROC_RETURN_IF_ERROR(
      provider.Check({{"refresh-token"},
                      {"id-token"},
                      {"client-id"},
                      {"client-secret"},
                      {"idp-issuer-url"},
                      {"idp-certificate-authority"},
                      {"idp-certificate-authority-data", kLines}}));
  OidcProvider oidc{.refresh_token = provider.Text("refresh-token"),
                    .client_id = provider.Text("client-id"),
                    .client_secret = provider.Text("client-secret"),
                    .issuer_url = provider.Text("idp-issuer-url")};
  if (oidc.refresh_token.empty()) {
    std::string id_token = provider.Text("id-token");
    if (id_token.empty()) {
      return InvalidField(provider.Field("refresh-token"), "is missing");
    }
    return UseToken(provider.Field("id-token"), std::move(id_token), config);
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
  EVROC_RETURN_IF_ERROR(
      user.Below("exec", exec)
          .Check({{"command"},
                  {"apiVersion"},
                  {"args", KnownMember::Kind::kTexts},
                  {"env", kOther},
                  {"provideClusterInfo", KnownMember::Kind::kFlag}}));
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

absl::Status CheckUser(const Stanza& user) {
  for (const char* impersonation :
       {"as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user[impersonation].exists()) {
      return InvalidField(user.Field(impersonation), "is not supported");
    }
  }
  return user.Check({{"client-certificate"},
                     {"client-certificate-data", kLines},
                     {"client-key"},
                     {"client-key-data", kLines},
                     {"token"},
                     {"tokenFile"},
                     {"username"},
                     {"password"},
                     {"auth-provider", kOther},
                     {"exec", kOther}});
}

absl::Status ReadUser(const Stanza& user, Kubeconfig& config) {
  EVROC_RETURN_IF_ERROR(CheckUser(user));
  EVROC_RETURN_IF_ERROR(ReadCertificate(user, config));
  // As in kubectl, a token file takes precedence over a token.
  if (std::string path = user.Text("tokenFile"); !path.empty()) {
    EVROC_RETURN_IF_ERROR(user.RequireTrust("tokenFile"));
    config.user = TokenFile{std::move(path)};
    return absl::OkStatus();
  }
  if (std::string token = user.Text("token"); !token.empty()) {
    return UseToken(user.Field("token"), std::move(token), config);
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

absl::Status CheckDocument(JsonView document, const KubeconfigRules& rules) {
  absl::string_view path = rules.field_prefix;
  absl::ConsumeSuffix(&path, ".");
  return CheckMembers(document, path.empty() ? "kubeconfig" : path,
                      {{"current-context"},
                       {"contexts", kOther},
                       {"clusters", kOther},
                       {"users", kOther}},
                      UnknownMembers::kIgnored);
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
  EVROC_RETURN_IF_ERROR(CheckDocument(document, rules));
  const std::string current = TrimmedText(document, "current-context");
  if (current.empty()) {
    return InvalidField(absl::StrCat(rules.field_prefix, "current-context"),
                        "is missing");
  }
  EVROC_ASSIGN_OR_RETURN(
      const JsonView context,
      FindNamed(document, rules, "contexts", current, "context"));
  EVROC_RETURN_IF_ERROR(Stanza(context, "contexts.context", rules)
                            .Check({{"cluster"}, {"user"}, {"namespace"}}));
  EVROC_ASSIGN_OR_RETURN(const JsonView cluster,
                         FindNamed(document, rules, "clusters",
                                   TrimmedText(context, "cluster"), "cluster"));
  EVROC_ASSIGN_OR_RETURN(const JsonView user,
                         FindNamed(document, rules, "users",
                                   TrimmedText(context, "user"), "user"));
  Kubeconfig config;
  config.name_space = TrimmedText(context, "namespace");
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
