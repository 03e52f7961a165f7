#include "services/inventory/workload_objects.h"

namespace evroc::cloud {

void CheckWorkloadIdentifier(absl::string_view identifier,
                             absl::string_view project,
                             const std::string& field, Violations& violations) {
  if (identifier.empty()) return;
  if (!IsLabelValue(identifier)) {
    violations.Add(field, "is not the value of a label");
  } else if (identifier == project) {
    violations.Add(field,
                   "is the name of the project, which is the identifier of "
                   "every cluster that has none of its own");
  }
}

}  // namespace evroc::cloud
