#include "shim/reconcile/takeover/official_marks.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/dns_label.h"
#include "common/names/official_names.h"
#include "common/text/uuid.h"

namespace evroc::shim {
namespace {

// As many characters of the UID are in a resource prefix.
constexpr size_t kShortUid = 8;

bool HasOwnerId(const ObjectMeta& meta) {
  return !meta.Annotation(kOwnerIdAnnotation).empty();
}

std::string UuidOrEmpty(absl::string_view text) {
  return IsUuid(text) ? std::string(text) : std::string();
}

std::string PrefixOf(const EvrocClusterObject& cluster) {
  for (const absl::string_view name :
       {kResourcePrefixAnnotation, kOfficialPrefixAnnotation}) {
    const absl::string_view prefix = cluster.meta.Annotation(name);
    if (!prefix.empty()) return std::string(prefix);
  }
  if (auto prefix =
          OfficialPrefixOfBalancer(cluster.official_load_balancer_id)) {
    return *std::move(prefix);
  }
  return absl::StrCat(cluster.meta.key.name.str(), "-",
                      absl::string_view(cluster.meta.uid).substr(0, kShortUid));
}

// The UID that the EvrocCluster was made with: after a move only the prefix
// still has its beginning.
std::string FirstUid(const EvrocClusterObject& cluster,
                     absl::string_view prefix) {
  if (!absl::ConsumePrefix(&prefix,
                           absl::StrCat(cluster.meta.key.name.str(), "-")) ||
      prefix.size() != kShortUid ||
      absl::StartsWith(cluster.meta.uid, prefix)) {
    return cluster.meta.uid.str();
  }
  return std::string(prefix);
}

void SetClusterNames(const EvrocClusterObject& cluster,
                     absl::string_view cluster_name,
                     common::v1::PreviousOwner& previous) {
  const std::string& name = cluster.meta.key.name;
  previous.add_cluster_names(name);
  if (!cluster_name.empty() && cluster_name != name) {
    previous.add_cluster_names(std::string(cluster_name));
  }
}

}  // namespace

bool IsUntaken(const EvrocClusterObject& cluster) {
  const ObjectMeta& meta = cluster.meta;
  return !HasOwnerId(meta) &&
         (meta.HasFinalizer(kClusterFinalizer) ||
          IsUuid(meta.Annotation(kOwnershipIdAnnotation)) ||
          !meta.Annotation(kOfficialPrefixAnnotation).empty());
}

bool IsUntaken(const EvrocMachineObject& machine) {
  const ObjectMeta& meta = machine.meta;
  return !HasOwnerId(meta) &&
         (meta.HasFinalizer(kOfficialMachineFinalizer) ||
          IsUuid(meta.Annotation(kMachineOwnershipIdAnnotation)));
}

bool GoesBack(const EvrocClusterObject& cluster) {
  const ObjectMeta& meta = cluster.meta;
  return meta.Annotation(kGiveBackAnnotation) == "true" &&
         (IsUntaken(cluster) ||
          !meta.Annotation(kResourcePrefixAnnotation).empty());
}

absl::string_view OfficialPrefixOf(const EvrocMachineObject& machine) {
  // With our finalizer it is none that is yet to be taken over, but one that
  // lost its owner id.
  const bool theirs =
      IsUntaken(machine) && !machine.meta.HasFinalizer(kMachineFinalizer);
  return theirs ? absl::string_view(machine.meta.key.name)
                : machine.meta.Annotation(kResourcePrefixAnnotation);
}

std::string MachineGroupNameOf(const EvrocMachineObject& machine,
                               const SecurityGroupSpec& group) {
  std::string id = OfficialGroupName(OfficialPrefixOf(machine), group.name);
  return id.empty() ? MachineGroupName(group) : id;
}

OfficialMarks MarksOf(const EvrocClusterObject& cluster,
                      absl::string_view cluster_name) {
  const ObjectMeta& meta = cluster.meta;
  const std::string id = UuidOrEmpty(meta.Annotation(kOwnershipIdAnnotation));
  OfficialMarks marks;
  marks.certain = !id.empty() ||
                  !meta.Annotation(kOfficialPrefixAnnotation).empty() ||
                  !cluster.official_load_balancer_id.empty();
  // Versions before 0.3.0 have no other id.
  marks.owner.set_cluster_id(id.empty() ? meta.uid.str() : id);
  if (HasOwnerId(meta)) {
    marks.owner.set_cluster_id(
        std::string(meta.Annotation(kOwnerIdAnnotation)));
  }
  marks.owner.set_cluster_name(std::string(cluster_name));
  const std::string prefix = PrefixOf(cluster);
  // Of a prefix that is no label the cloud has refused every name.
  marks.owner.set_resource_prefix(DnsLabelOf(prefix));
  marks.previous.set_cluster_id(marks.owner.cluster_id());
  marks.previous.set_cluster_uid(FirstUid(cluster, prefix));
  SetClusterNames(cluster, cluster_name, marks.previous);
  return marks;
}

OfficialMarks MarksOf(const EvrocMachineObject& machine, absl::string_view name,
                      const EvrocClusterObject& cluster,
                      absl::string_view cluster_name) {
  OfficialMarks marks = MarksOf(cluster, cluster_name);
  const ObjectMeta& meta = machine.meta;
  const std::string id =
      UuidOrEmpty(meta.Annotation(kMachineOwnershipIdAnnotation));
  marks.owner.set_machine_id(id.empty() ? meta.uid.str() : id);
  marks.owner.set_machine_name(std::string(name));
  marks.owner.set_resource_prefix(DnsLabelOf(meta.key.name.str()));
  marks.previous.set_machine_id(id);
  absl::string_view uid = machine.spec.provider_id;
  if (absl::ConsumePrefix(&uid, "evroc://") && IsUuid(uid)) {
    marks.previous.add_machine_uids(std::string(uid));
  }
  const std::string& seen = machine.status.machine_uid;
  if (!seen.empty() && seen != uid) marks.previous.add_machine_uids(seen);
  return marks;
}

}  // namespace evroc::shim
