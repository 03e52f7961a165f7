// The input of the rules, and their common checks: references and zones.
// Functions of a store that they only read.

#ifndef TESTS_EVROC_SIM_RULES_CHANGE_REQUEST_H_
#define TESTS_EVROC_SIM_RULES_CHANGE_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// The object after the change, and its current state (null on creation).
struct ChangeRequest {
  const Store& store;
  const Settings& settings;
  const Object& wanted;
  const Object* current;
  absl::Time now;
  // Whether a machine may refer to absent security groups.
  bool accepts_missing_groups = false;
};

// 400 unless the id is a DNS label of at most 63 characters.
absl::Status CheckId(absl::string_view id);

// 400 unless `fqid` refers to an existing object of that kind; the error names
// `field`.
absl::Status CheckRef(const ChangeRequest& change, absl::string_view field,
                      Kind kind, absl::string_view fqid);
// As CheckRef, and 400 unless the object is in `change.wanted`'s zone.
absl::Status CheckZonalRef(const ChangeRequest& change, absl::string_view field,
                           Kind kind, absl::string_view fqid);
// 403 if a machine or load balancer other than `change.wanted` has the address.
absl::Status CheckAddressIsFree(const ChangeRequest& change,
                                absl::string_view fqid);

// The zone in an object's spec.
std::string ZoneOf(const Object& object);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_CHANGE_REQUEST_H_
