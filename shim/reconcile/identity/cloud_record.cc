#include "shim/reconcile/identity/cloud_record.h"

#include <algorithm>
#include <utility>

#include "common/cloud/cloud_identity.h"
#include "google/protobuf/util/json_util.h"
#include "shim/reconcile/identity/ownership.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kUnrecorded = "unrecorded";
constexpr absl::string_view kLoadBalancer = "LoadBalancer";
// Stands for any number of them.
constexpr absl::string_view kPlacementGroup = "PlacementGroup";

// Null: none of them is of that kind.
template <typename Objects>
const common::v1::KnownObject* FindKind(const Objects& objects,
                                        absl::string_view kind) {
  const auto found =
      std::find_if(objects.begin(), objects.end(),
                   [&](const auto& each) { return each.kind() == kind; });
  return found == objects.end() ? nullptr : &*found;
}

}  // namespace

CloudRecord CloudRecordOf(const ObjectMeta& meta) {
  CloudRecord record;
  const absl::string_view text = meta.Annotation(kCloudAnnotation);
  if (text.empty()) return record;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // of a later version
  const bool read = google::protobuf::util::JsonStringToMessage(
                        {text.data(), text.size()}, &record, options)
                        .ok();
  return read && record.has_identity() ? record : CloudRecord();
}

std::string EncodeCloudRecord(const CloudRecord& record) {
  std::string text;
  const bool written =
      google::protobuf::util::MessageToJsonString(record, &text).ok();
  return written ? text : std::string();
}

void RecordObjects(const network::v1::ClusterNetwork& network,
                   CloudRecord& record) {
  if (network.objects().empty()) return;
  auto seen = network.objects();
  const auto* const balancer = FindKind(record.objects(), kLoadBalancer);
  if (balancer != nullptr && FindKind(seen, kLoadBalancer) == nullptr) {
    *seen.Add() = *balancer;
  }
  *record.mutable_objects() = std::move(seen);
}

std::string LoadBalancerOf(const CloudRecord& record) {
  const auto* const balancer = FindKind(record.objects(), kLoadBalancer);
  return balancer == nullptr ? "" : balancer->id();
}

void NotePlacementGroups(CloudRecord& record) {
  if (HadPlacementGroups(record)) return;
  record.add_objects()->set_kind(std::string(kPlacementGroup));
}

bool IsSpread(const EvrocMachineObject& machine) {
  return machine.spec.spread ||
         machine.status.placement_strategy == kSpreadStrategy;
}

bool HadPlacementGroups(const CloudRecord& record) {
  return FindKind(record.objects(), kPlacementGroup) != nullptr;
}

std::string AbandonWord(const CloudRecord& record) {
  return record.has_identity() ? PlaceName(record.identity())
                               : std::string(kUnrecorded);
}

bool IsAbandoned(const EvrocClusterObject& cluster) {
  const absl::string_view word =
      cluster.meta.Annotation(kAbandonCloudAnnotation);
  return !word.empty() && word == AbandonWord(CloudRecordOf(cluster.meta));
}

bool HasMadeSomething(const EvrocClusterObject& cluster,
                      const std::vector<std::string>& vm_uids) {
  // What another controller made, and says in the status, is not ours.
  if (IsExternallyManaged(cluster)) return !vm_uids.empty();
  const EvrocClusterStatus& status = cluster.status;
  // An endpoint that comes before everything else is a user's own.
  const bool has_endpoint =
      !cluster.spec.endpoint.host.empty() && !OwnerIdOf(cluster.meta).empty();
  return !vm_uids.empty() || status.provisioned || !status.vpc_id.empty() ||
         !status.public_ip_id.empty() || !status.load_balancer_id.empty() ||
         !cluster.official_load_balancer_id.empty() || has_endpoint;
}

}  // namespace evroc::shim
