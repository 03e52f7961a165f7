#include "shim/reconcile/cluster/cloud_config.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

// Where the add-on's Pods have the key of their service account.
constexpr absl::string_view kKeyFile = "/etc/evroc/service-account-key";
constexpr absl::string_view kTokenPath = "/protocol/openid-connect/token";

// Lines of YAML; an empty value leaves its line out.
class Section {
 public:
  explicit Section(absl::string_view name) : text_(absl::StrCat(name, ":\n")) {}

  Section& Add(absl::string_view key, absl::string_view value) {
    if (value.empty()) return *this;
    // JSON's way to quote is YAML's too.
    absl::StrAppend(&text_, "  ", key, ": ", Json(value).Dump(), "\n");
    empty_ = false;
    return *this;
  }
  Section& AddLines(absl::string_view lines) {
    text_.append(lines.data(), lines.size());
    empty_ = empty_ && lines.empty();
    return *this;
  }

  std::string text() const { return empty_ ? "" : text_; }

 private:
  std::string text_;
  bool empty_ = true;
};

// The machines' networks that a load balancer of the cluster reaches, one
// subnet for each zone.
std::string BackendNetwork(const network::v1::ClusterNetwork& network) {
  std::vector<std::string> lines;
  std::set<std::string> zones;
  for (const network::v1::SubnetStatus& subnet : network.subnet_statuses()) {
    if (subnet.zone().empty() || !zones.insert(subnet.zone()).second) continue;
    lines.push_back(
        absl::StrCat("      - zone: ", Json(subnet.zone()).Dump(),
                     "\n        subnetID: ", Json(subnet.id()).Dump(), "\n"));
  }
  if (lines.empty()) return "";
  return absl::StrCat(
      "  backendNetwork:\n    vpcID: ", Json(network.vpc_id()).Dump(),
      "\n    subnets:\n", absl::StrJoin(lines, ""));
}

absl::string_view AccountOr(const std::string& name,
                            absl::string_view otherwise) {
  return name.empty() ? otherwise : absl::string_view(name);
}

std::string Common(const EvrocClusterObject& cluster,
                   const common::v1::CredentialCheck& check,
                   const std::string& organization,
                   absl::string_view service_account) {
  const std::string& issuer = cluster.spec.issuer_url;
  return absl::StrCat(
      Section("auth")
          .Add("service_account_id", service_account)
          .Add("service_account_secret", kKeyFile)
          .Add("token_url",
               issuer.empty() ? "" : absl::StrCat(issuer, kTokenPath))
          .text(),
      Section("api").Add("base_url", cluster.spec.api_base_url).text(),
      Section("context")
          .Add("organization", organization)
          .Add("project", check.project())
          .Add("region", check.region())
          .text());
}

}  // namespace

absl::StatusOr<std::string> CloudConfigManifests(
    const EvrocClusterObject& cluster,
    const network::v1::ClusterNetwork& network,
    const common::v1::CredentialCheck& check) {
  const CloudConfigSpec& spec = cluster.spec.cloud_config;
  const std::string organization =
      spec.organization.empty() ? check.organization() : spec.organization;
  if (organization.empty()) {
    return InvalidField("spec.cloudConfig.organization",
                        "is needed, since the credential names none");
  }
  const std::string& identifier = network.owner().cluster_id();
  const std::string& stack_type = cluster.spec.stack_type;
  const std::string ccm = absl::StrCat(
      Common(cluster, check, organization,
             AccountOr(spec.ccm_service_account, "ccm-agent")),
      Section("ccm").Add("identifier", identifier).text(),
      Section("loadbalancers")
          .Add("stackType", stack_type.empty() ? "dual-stack" : stack_type)
          .AddLines(BackendNetwork(network))
          .text());
  const std::string csi =
      absl::StrCat(Common(cluster, check, organization,
                          AccountOr(spec.csi_service_account, "csi-agent")),
                   Section("csi").Add("identifier", identifier).text());
  const Json name_space =
      Json::Object({{"apiVersion", "v1"},
                    {"kind", "Namespace"},
                    {"metadata", Json::Object({{"name", "evroc-system"}})}});
  Json config = Json::Object({{"apiVersion", "v1"}, {"kind", "ConfigMap"}});
  config.SetAt("metadata.name", "evroc-cloud-config");
  config.SetAt("metadata.namespace", "evroc-system");
  Json data = Json::Object();
  data.Set("ccm.yaml", ccm);
  data.Set("csi.yaml", csi);
  config.Set("data", std::move(data));
  return absl::StrCat(name_space.Dump(), "\n---\n", config.Dump(), "\n");
}

}  // namespace evroc::shim
