// Matches objects against the Selection of a FakeKubeClient's list or watch. A
// value.

#ifndef SHIM_KUBE_TESTING_FAKE_SELECTION_H_
#define SHIM_KUBE_TESTING_FAKE_SELECTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "common/labels/label_selector.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

class FakeSelection {
 public:
  // INVALID_ARGUMENT for an invalid label selector, and for field selectors on
  // fields other than metadata.name and metadata.namespace.
  static absl::StatusOr<FakeSelection> Make(const Selection& selection);

  bool Matches(JsonView object) const;
  // The object as the selection shows it.
  Json Shown(const Json& object) const;

 private:
  bool metadata_only_ = false;
  std::string name_space_;
  LabelSelector labels_;
  // Selects by the two fields, as if they were labels.
  LabelSelector fields_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_TESTING_FAKE_SELECTION_H_
