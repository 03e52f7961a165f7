// Makes, changes and lists objects of IAM (evroc-api.md B.2.7, B.3). Pure
// functions.

#ifndef TESTS_EVROC_SIM_REST_IAM_OBJECT_H_
#define TESTS_EVROC_SIM_REST_IAM_OBJECT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/labels/label_selector.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/rest/iam_place.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

inline constexpr char kIamVersion[] = "iam/v1beta1";

// The new object at `place`. `owner` is the id of the project or organisation
// in its metadata; none for the global kinds.
Json NewIamObject(const IamPlace& place, absl::string_view owner,
                  const LabelMap& labels, Json spec, absl::Time now);

// Merges the revision into the object: 409 for a stale version, 400 for labels
// or a spec that do not fit, 422 for a member that can't change. A revision
// without effect leaves the object as it is.
absl::StatusOr<Json> PatchedIamObject(const IamKind& kind, JsonView object,
                                      const Revision& revision,
                                      bool replace_labels);

// Marks the object as changed from `before`: a new version, and a new
// generation if the spec differs.
void BumpIamVersion(JsonView before, Json& object);

// Answers a LIST with those of the objects that the query's label selector
// matches; 400 for an invalid one.
Response ListOfIamObjects(const Request& request,
                          const std::vector<Json>& objects,
                          const Settings& settings);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_IAM_OBJECT_H_
