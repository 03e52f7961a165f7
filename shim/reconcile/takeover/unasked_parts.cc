#include "shim/reconcile/takeover/unasked_parts.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/names/official_names.h"

namespace evroc::shim {
namespace {

using Object = common::v1::TakeOverObject;

bool IsTheirs(const Object& object, absl::string_view kind) {
  return object.kind() == kind && object.verdict() != Object::NOT_THEIRS;
}

std::vector<std::string> UnaskedDisks(const EvrocMachineObject& machine,
                                      const TakeOverObjects& objects) {
  std::vector<std::string> unasked;
  const std::string& prefix = machine.meta.key.name;
  for (const Object& object : objects) {
    if (!IsTheirs(object, "Disk") ||
        object.id() == OfficialMachineName(prefix, "Disk", "")) {
      continue;
    }
    const auto& disks = machine.spec.additional_disks;
    const bool asked =
        std::any_of(disks.begin(), disks.end(), [&](const auto& disk) {
          return disk.name == OfficialDiskPart(prefix, object.id());
        });
    if (!asked) unasked.push_back(object.id());
  }
  return unasked;
}

}  // namespace

std::vector<std::string> UnaskedAddresses(const EvrocMachineObject& machine,
                                          const TakeOverObjects& objects,
                                          const std::string& public_ip_id) {
  std::vector<std::string> unasked;
  if (PublicIpSpecOf(machine.spec).empty()) return unasked;
  if (!machine.spec.public_ip && !public_ip_id.empty()) {
    unasked.push_back(public_ip_id);
  }
  for (const Object& object : objects) {
    if (IsTheirs(object, "PublicIP") && object.id() != public_ip_id) {
      unasked.push_back(object.id());
    }
  }
  return unasked;
}

std::string PublicIpSpecOf(const EvrocMachineSpec& spec) {
  if (!spec.existing_public_ip_id.empty()) {
    return spec.existing_public_ip_id.str();
  }
  return spec.public_ip ? "" : "-";
}

bool KeepsPublicIp(const EvrocMachineObject& machine) {
  const absl::string_view kept =
      machine.meta.Annotation(kKeptPublicIpAnnotation);
  return !kept.empty() && kept == PublicIpSpecOf(machine.spec);
}

std::vector<int> UnaskedPorts(const EvrocClusterObject& cluster,
                              absl::string_view resource_prefix,
                              const TakeOverObjects& objects) {
  std::set<int> unasked;
  for (const Object& object : objects) {
    if (!IsTheirs(object, "L4Route")) continue;
    const auto port = OfficialRoutePort(resource_prefix, object.id());
    if (port.has_value()) unasked.insert(*port);
  }
  for (const EndpointPortSpec& port : cluster.spec.additional_ports) {
    if (!port.kept) unasked.erase(port.port);
  }
  return {unasked.begin(), unasked.end()};
}

std::string KeptPorts(const EvrocClusterObject& cluster) {
  std::set<int> kept;
  for (const EndpointPortSpec& port : cluster.spec.additional_ports) {
    if (port.kept) kept.insert(port.port);
  }
  return absl::StrJoin(kept, ",");
}

std::vector<std::string> ClusterRemarks(const EvrocClusterObject& cluster,
                                        absl::string_view resource_prefix,
                                        const TakeOverObjects& objects) {
  const auto ports = UnaskedPorts(cluster, resource_prefix, objects);
  if (ports.empty()) return {};
  return {absl::StrCat(
      "spec.controlPlaneConfig.loadBalancer does not ask for the ports ",
      absl::StrJoin(ports, ", "),
      ", which stay until they are added to it and removed again")};
}

std::vector<std::string> MachineRemarks(const EvrocMachineObject& machine,
                                        const TakeOverObjects& objects,
                                        const std::string& public_ip_id) {
  std::vector<std::string> remarks;
  if (const auto disks = UnaskedDisks(machine, objects); !disks.empty()) {
    remarks.push_back(absl::StrCat(
        "spec.additionalDisks lacks ", absl::StrJoin(disks, ", "),
        ", which can't be removed: VMReady will be False until it is put "
        "back"));
  }
  if (const auto addresses = UnaskedAddresses(machine, objects, public_ip_id);
      !addresses.empty()) {
    remarks.push_back(absl::StrCat(
        "spec.networkingConfig.publicIP does not ask for the public IP ",
        absl::StrJoin(addresses, ", "),
        ", which stays as it is until publicIP is changed"));
  }
  return remarks;
}

}  // namespace evroc::shim
