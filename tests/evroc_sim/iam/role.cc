#include "tests/evroc_sim/iam/role.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/kind.h"

namespace evroc::sim {
namespace {

constexpr char kPrefix[] = "/iam/roles/";
constexpr bool kOfOrganisation = true;

std::vector<Role> ServiceRoles() {
  return {
      {"computeViewer",
       "Reads compute resources",
       false,
       {"compute.*.get", "compute.*.list"}},
      {"computeOperator", "Manages compute resources", false, {"compute.*.*"}},
      {"networkingViewer",
       "Reads networking resources",
       false,
       {"networking.*.get", "networking.*.list"}},
      {"networkingOperator",
       "Manages networking resources",
       false,
       {"networking.*.*"}},
      {"networkingUser",
       "Refers to networking resources from others",
       false,
       {"networking.*.get", "networking.*.list"}},
      {"loadBalancerViewer",
       "Reads load balancers",
       false,
       {"loadbalancer.*.get", "loadbalancer.*.list"}},
      {"loadBalancerOperator",
       "Manages load balancers",
       false,
       {"loadbalancer.*.*"}},
      {"storageOperator", "Manages storage", false, {"storage.*.*"}},
      {"thinkViewer",
       "Reads inference resources",
       false,
       {"think.*.get", "think.*.list"}},
      {"thinkOperator", "Manages inference resources", false, {"think.*.*"}},
      {"quotaViewer", "Reads quotas", false, {"quotas.*.get"}},
  };
}

std::vector<Role> ProjectRoles() {
  return {
      {"projectOwner", "Does everything in a project", false, {"*.*.*"}},
      {"projectContributor",
       "Manages a project's resources, but not access to it",
       false,
       {"compute.*.*", "networking.*.*", "loadbalancer.*.*", "storage.*.*",
        "think.*.*", "quotas.*.get", "iam.*.get", "iam.*.list"}},
      {"projectAccessAdministrator",
       "Manages access to a project",
       false,
       {"iam.roleBindings.*", "iam.serviceAccounts.*",
        "iam.serviceAccountCredentials.*", "iam.projects.get"}},
      {"cicdInfrastructureManager",
       "Manages infrastructure from a pipeline",
       false,
       {"compute.*.*", "networking.*.*", "loadbalancer.*.*", "storage.*.*",
        "quotas.*.get"}},
      {"securityIncidentResponder",
       "Reads everything, stops machines, closes groups and accounts",
       false,
       {"*.*.get", "*.*.list", "compute.virtualMachines.update",
        "networking.securityGroups.update", "iam.serviceAccounts.update",
        "iam.serviceAccountCredentials.revoke", "iam.roleBindings.revoke"}},
      {"kubernetesCCMAgent",
       "Does what the cloud controller manager does",
       false,
       {"compute.*.get", "compute.*.list", "networking.*.get",
        "networking.*.list", "networking.publicIPs.*", "loadbalancer.*.*"}},
      {"kubernetesCSIAgent",
       "Does what the CSI driver does",
       false,
       {"compute.*.get", "compute.*.list", "compute.disks.*",
        "compute.snapshots.*", "compute.hotswapDiskAttachments.*"}},
  };
}

std::vector<Role> OrganisationRoles() {
  return {
      {"organizationOwner",
       "Does everything in an organization and its projects",
       kOfOrganisation,
       {"*.*.*"}},
      {"organizationViewer",
       "Reads an organization and its projects",
       kOfOrganisation,
       {"*.*.get", "*.*.list"}},
      {"organizationAccessAdministrator",
       "Manages access to an organization and its projects",
       kOfOrganisation,
       {"iam.roleBindings.*", "iam.organizations.get", "iam.projects.get",
        "iam.projects.list"}},
      {"organizationProjectCreator",
       "Creates projects in an organization",
       kOfOrganisation,
       {"iam.projects.create", "iam.organizations.get"}},
  };
}

void AddActions(absl::string_view resource,
                std::initializer_list<absl::string_view> actions,
                std::vector<std::string>& permissions) {
  for (const absl::string_view action : actions) {
    permissions.push_back(absl::StrCat(resource, ".", action));
  }
}

std::vector<std::string> AllPermissions() {
  std::vector<std::string> all;
  const auto add = [&all](absl::string_view resource) {
    AddActions(resource, {"get", "list", "create", "update", "delete"}, all);
  };
  for (const KindInfo& info : AllKinds()) {
    add(absl::StrCat(info.service, ".", info.collection));
  }
  AddActions("compute.computeProfiles", {"get", "list"}, all);
  AddActions("compute.diskImages", {"get", "list"}, all);
  AddActions("storage.bucketServiceAccountSecrets", {"get"}, all);
  AddActions("think.models", {"get", "list"}, all);
  AddActions("quotas.orgQuotas", {"get"}, all);
  AddActions("quotas.projectQuotas", {"get"}, all);
  AddActions("iam.organizations", {"get", "list", "update"}, all);
  add("iam.projects");
  add("iam.roleBindings");
  AddActions("iam.roleBindings", {"assign", "revoke"}, all);
  add("iam.serviceAccounts");
  AddActions("iam.serviceAccountCredentials",
             {"get", "list", "create", "delete", "revoke"}, all);
  return all;
}

bool Matches(absl::string_view grant, absl::string_view permission) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(grant, '.');
  const std::vector<absl::string_view> given = absl::StrSplit(permission, '.');
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                    [](absl::string_view want, absl::string_view word) {
                      return want == "*" || want == word;
                    });
}

}  // namespace

const std::vector<Role>& AllRoles() {
  static const auto* const roles = [] {
    auto* all = new std::vector<Role>;
    for (const auto& group :
         {ProjectRoles(), ServiceRoles(), OrganisationRoles()}) {
      all->insert(all->end(), group.begin(), group.end());
    }
    return all;
  }();
  return *roles;
}

std::string RoleFqid(absl::string_view name) {
  return absl::StrCat(kPrefix, name);
}

const Role* FindRole(absl::string_view fqid) {
  if (!absl::ConsumePrefix(&fqid, kPrefix)) return nullptr;
  for (const Role& role : AllRoles()) {
    if (role.name == fqid) return &role;
  }
  return nullptr;
}

absl::Status CheckPermission(absl::string_view permission) {
  const std::vector<absl::string_view> words = absl::StrSplit(permission, '.');
  if (words.size() == 3 &&
      std::none_of(words.begin(), words.end(), [](absl::string_view word) {
        return word.empty() || word == "*";
      })) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat("permission: Invalid value: \"",
                              permission.substr(0, 300),
                              "\": must be service.resource.action"));
}

bool Grants(const Role& role, absl::string_view permission) {
  return std::any_of(
      role.grants.begin(), role.grants.end(),
      [&](absl::string_view grant) { return Matches(grant, permission); });
}

std::vector<std::string> PermissionsOf(const Role& role) {
  std::vector<std::string> granted;
  for (std::string& permission : AllPermissions()) {
    if (Grants(role, permission)) granted.push_back(std::move(permission));
  }
  return granted;
}

}  // namespace evroc::sim
