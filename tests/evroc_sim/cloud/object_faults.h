// Faults in the life cycles of objects: a machine that never starts, a disk
// whose import never ends. The control interface sets them for the next
// matching objects, or for all that come.
//
// Not thread-safe: Cloud guards it.

#ifndef TESTS_EVROC_SIM_CLOUD_OBJECT_FAULTS_H_
#define TESTS_EVROC_SIM_CLOUD_OBJECT_FAULTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {

struct ObjectFault {
  // "fail": provisioning fails permanently. "stuck": the first phase never
  // ends; of disks only an import has one that can be stuck. "unschedulable": a
  // machine for which there is no room.
  std::string outcome;
  Kind kind = Kind::kVirtualMachine;
  // A part of the id; empty: any object of the kind.
  std::string id_contains;
  std::string zone;  // empty: any
  int count = 1;     // kAll: no limit

  static constexpr int kAll = -1;
};

// {"collection": "disks", "outcome": "stuck", "id": "part", "zone": "c",
// "count": 1}. 400 for anything else.
absl::StatusOr<ObjectFault> ParseObjectFault(JsonView json);

class ObjectFaults {
 public:
  void Add(ObjectFault fault) { faults_.push_back(std::move(fault)); }
  void Clear() { faults_.clear(); }
  Json ToJson() const;

  // Returns the outcome for a new object, empty if there is none; counts down.
  std::string Meet(const Object& object);

 private:
  std::vector<ObjectFault> faults_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_OBJECT_FAULTS_H_
