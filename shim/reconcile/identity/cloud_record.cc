#include "shim/reconcile/identity/cloud_record.h"

#include <algorithm>

#include "common/cloud/cloud_identity.h"
#include "google/protobuf/util/json_util.h"
#include "shim/reconcile/identity/ownership.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kUnrecorded = "unrecorded";
// Stands for any number of them.
constexpr absl::string_view kPlacementGroup = "PlacementGroup";

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

void NotePlacementGroups(CloudRecord& record) {
  if (HadPlacementGroups(record)) return;
  record.add_objects()->set_kind(std::string(kPlacementGroup));
}

bool IsSpread(const EvrocMachineObject& machine) {
  return machine.spec.spread ||
         machine.status.placement_strategy == kSpreadStrategy;
}

bool HadPlacementGroups(const CloudRecord& record) {
  return std::any_of(
      record.objects().begin(), record.objects().end(),
      [](const auto& object) { return object.kind() == kPlacementGroup; });
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
