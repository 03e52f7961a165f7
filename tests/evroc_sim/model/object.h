// One object of the simulated cloud. A value; the store returns constant
// snapshots of it.

#ifndef TESTS_EVROC_SIM_MODEL_OBJECT_H_
#define TESTS_EVROC_SIM_MODEL_OBJECT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/labels/label_selector.h"
#include "tests/evroc_sim/model/kind.h"

namespace evroc::sim {

struct Key {
  Kind kind;
  std::string project;
  std::string region;
  std::string id;

  friend auto operator<=>(const Key&, const Key&) = default;
};

// The fully qualified id that references use (evroc-api.md B.4), for example
// "/compute/projects/p/regions/se-sto/disks/d".
std::string FqidOf(const Key& key);
// INVALID_ARGUMENT unless it is the fully qualified id of a known kind.
absl::StatusOr<Key> ParseFqid(absl::string_view fqid);

struct Object {
  Key key;
  std::string uid;
  int64_t generation = 1;
  int64_t resource_version = 0;
  int64_t first_version = 0;  // the version of its creation
  absl::Time created;
  LabelMap user_labels;
  LabelMap system_labels;
  Json spec = Json::Object();
  Json status = Json::Object();

  // The phase of its life cycle, and its start; "Deleting" once its deletion
  // has started.
  std::string phase;
  absl::Time phase_since;
  bool deleting = false;
  std::string phase_message;  // the cause of a failure
  // The outcome set by a fault: "", "fail", "stuck" or "unschedulable".
  std::string fate;
  // The machine's address on the data plane; empty without one.
  std::string data_plane_address;

  // The object's REST JSON, created once for each resource version.
  std::string rest_json;
};

using ObjectPtr = std::shared_ptr<const Object>;

// Sets condition `type` of `object`; its time changes only with its status.
void SetCondition(Object& object, absl::string_view type, bool value,
                  absl::string_view reason, absl::string_view message,
                  absl::Time now);

// A member for each label.
Json LabelsJson(const LabelMap& labels);

// Encodes the object for REST (evroc-api.md B.3).
Json ToRestJson(const Object& object);

// RFC 3339 in UTC with whole seconds, as Kubernetes prints times.
std::string FormatTimestamp(absl::Time time);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_OBJECT_H_
