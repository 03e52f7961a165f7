#include "tests/evroc_sim/cloud/object_faults.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"

namespace evroc::sim {
namespace {

bool Matches(const ObjectFault& fault, const Object& object) {
  if (fault.kind != object.key.kind ||
      !absl::StrContains(object.key.id, fault.id_contains) ||
      (!fault.zone.empty() &&
       object.spec.At("placement.zone").String() != fault.zone)) {
    return false;
  }
  return fault.kind != Kind::kDisk || fault.outcome != "stuck" ||
         object.spec.At("source.type").String() == "image";
}

}  // namespace

absl::StatusOr<ObjectFault> ParseObjectFault(JsonView json) {
  ObjectFault fault{.outcome = std::string(json["outcome"].String()),
                    .id_contains = std::string(json["id"].String()),
                    .zone = std::string(json["zone"].String()),
                    .count = static_cast<int>(json["count"].Integer(1))};
  const absl::string_view collection = json["collection"].String();
  if (collection == "disks") {
    fault.kind = Kind::kDisk;
  } else if (collection == "virtualMachines") {
    fault.kind = Kind::kVirtualMachine;
  } else {
    return Invalid("collection is disks or virtualMachines");
  }
  const bool fits_machines =
      fault.outcome == "unschedulable" && fault.kind == Kind::kVirtualMachine;
  if (fault.outcome != "fail" && fault.outcome != "stuck" && !fits_machines) {
    return Invalid("outcome is fail, stuck or, of a machine, unschedulable");
  }
  if (!fault.zone.empty() && !IsZone(fault.zone)) {
    return Invalid("zone is a, b or c");
  }
  if (fault.count < 1 && fault.count != ObjectFault::kAll) {
    return Invalid("count is at least 1, or -1 for no limit");
  }
  return fault;
}

Json ObjectFaults::ToJson() const {
  Json all = Json::Array();
  for (const ObjectFault& fault : faults_) {
    all.Push(Json::Object({{"collection", InfoOf(fault.kind).collection},
                           {"outcome", fault.outcome},
                           {"id", fault.id_contains},
                           {"zone", fault.zone},
                           {"count", fault.count}}));
  }
  return all;
}

std::string ObjectFaults::Meet(const Object& object) {
  const auto found = std::find_if(
      faults_.begin(), faults_.end(),
      [&object](const ObjectFault& fault) { return Matches(fault, object); });
  if (found == faults_.end()) return "";
  std::string outcome = found->outcome;
  if (found->count != ObjectFault::kAll && --found->count == 0) {
    faults_.erase(found);
  }
  return outcome;
}

}  // namespace evroc::sim
