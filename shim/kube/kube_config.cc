#include "shim/kube/kube_config.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/files/read_file.h"
#include "common/kubeconfig/kubeconfig_files.h"
#include "common/status/status_macros.h"
#include "common/yaml/yaml.h"

namespace evroc::shim {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::StatusOr<Kubeconfig> OfServiceAccount(
    const KubeEnvironment& environment) {
  const std::string& folder = environment.service_account_folder;
  const std::string& host = environment.service_host;
  Kubeconfig config;
  config.server = absl::StrCat(
      "https://",
      absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host, ":",
      environment.service_port.empty() ? "443" : environment.service_port);
  config.ca_pem = ReadFile(folder + "/ca.crt").value_or("");
  if (config.ca_pem.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the pod's service account has no ", folder, "/ca.crt"));
  }
  config.user = TokenFile{folder + "/token"};
  config.name_space = std::string(
      absl::StripAsciiWhitespace(ReadFile(folder + "/namespace").value_or("")));
  return config;
}

}  // namespace

KubeEnvironment KubeEnvironment::OfProcess() {
  return {.kubeconfig = Variable("KUBECONFIG"),
          .service_host = Variable("KUBERNETES_SERVICE_HOST"),
          .service_port = Variable("KUBERNETES_SERVICE_PORT"),
          .home = Variable("HOME")};
}

absl::StatusOr<Kubeconfig> LoadKubeConfig(const std::string& path,
                                          const KubeEnvironment& environment) {
  if (!path.empty()) return LoadKubeconfigFiles({path});
  const std::vector<std::string> files =
      absl::StrSplit(environment.kubeconfig, ':', absl::SkipEmpty());
  if (!files.empty()) return LoadKubeconfigFiles(files);
  if (!environment.service_host.empty()) return OfServiceAccount(environment);
  const std::string at_home = environment.home + "/.kube/config";
  if (!environment.home.empty() && Exists(at_home)) {
    return LoadKubeconfigFiles({at_home});
  }
  return absl::InvalidArgumentError(
      "no Kubernetes API is known: neither --kubeconfig nor KUBECONFIG is set, "
      "and this is no pod");
}

absl::StatusOr<Kubeconfig> ParseKubeConfig(absl::string_view bytes) {
  EVROC_ASSIGN_OR_RETURN(const Json document, ParseUnambiguousYaml(bytes));
  return ParseKubeconfig(document,
                         {.distrust = "is not allowed in a kubeconfig that "
                                      "comes from a Secret"});
}

}  // namespace evroc::shim
