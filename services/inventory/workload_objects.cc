#include "services/inventory/workload_objects.h"

#include "common/text/uuid.h"

namespace evroc::cloud {

void CheckWorkloadIdentifier(absl::string_view identifier,
                             const std::string& field, Violations& violations) {
  violations.Check(identifier.empty() || IsUuid(identifier), field,
                   "is not a UUID, so it may be that of other clusters");
}

bool IsWorkloadObject(const Labels& labels, absl::string_view identifier) {
  return LabelOf(labels, kWorkloadLabel) == identifier &&
         !OwnerOf(labels).has_value();
}

std::string WorkloadHolderOf(const Disk& disk) {
  return disk.status.usage.empty()
             ? ""
             : absl::StrCat("machine ", disk.status.usage[0].machine.value());
}

}  // namespace evroc::cloud
