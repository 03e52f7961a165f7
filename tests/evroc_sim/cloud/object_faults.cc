#include "tests/evroc_sim/cloud/object_faults.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {

absl::StatusOr<ObjectFault> ParseObjectFault(JsonView json) {
  ObjectFault fault;
  fault.outcome = std::string(json["outcome"].String());
  if (fault.outcome != "fail" && fault.outcome != "stuck") {
    return Invalid("outcome is fail or stuck");
  }
  const absl::string_view collection = json["collection"].String();
  if (collection == "disks") {
    fault.kind = Kind::kDisk;
  } else if (collection == "virtualMachines") {
    fault.kind = Kind::kVirtualMachine;
  } else {
    return Invalid("collection is disks or virtualMachines");
  }
  fault.id_contains = std::string(json["id"].String());
  fault.count = static_cast<int>(json["count"].Integer(1));
  if (fault.count < 1) return Invalid("count is at least 1");
  return fault;
}

Json ObjectFaults::ToJson() const {
  Json all = Json::Array();
  for (const ObjectFault& fault : faults_) {
    all.Push(Json::Object({{"collection", InfoOf(fault.kind).collection},
                           {"outcome", fault.outcome},
                           {"id", fault.id_contains},
                           {"count", fault.count}}));
  }
  return all;
}

std::string ObjectFaults::Meet(const Key& key) {
  const auto found = std::find_if(
      faults_.begin(), faults_.end(), [&key](const ObjectFault& fault) {
        return fault.kind == key.kind &&
               absl::StrContains(key.id, fault.id_contains);
      });
  if (found == faults_.end()) return "";
  std::string outcome = found->outcome;
  if (--found->count == 0) faults_.erase(found);
  return outcome;
}

}  // namespace evroc::sim
