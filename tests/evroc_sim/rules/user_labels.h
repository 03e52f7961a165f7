// User labels of objects: the limits of keys and values, and the reading of a
// PATCH (evroc-api.md B.8.1, B.9.7). Pure functions.

#ifndef TESTS_EVROC_SIM_RULES_USER_LABELS_H_
#define TESTS_EVROC_SIM_RULES_USER_LABELS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "common/labels/label_selector.h"

namespace evroc::sim {

// 400 for labels that the real API refuses.
absl::Status CheckUserLabels(const LabelMap& labels);

// The labels after a PATCH with `patch`, a merge patch, or instead of that the
// whole map if `replace` is true; null changes nothing. 400 for labels that the
// real API refuses.
absl::StatusOr<LabelMap> PatchUserLabels(const LabelMap& labels, JsonView patch,
                                         bool replace);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_USER_LABELS_H_
