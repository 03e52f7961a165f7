// How one look at an object ended. "Not yet" can't be taken for "done": it is a
// type of its own, and names what will end the wait. Values.

#ifndef SHIM_CONTROLLER_OUTCOME_H_
#define SHIM_CONTROLLER_OUTCOME_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evroc::shim {

// The object is as it should be.
struct Done {};

// An event will bring it on: `event` says which, for logs.
struct Wait {
  std::string event;
};

// Nothing will tell: look again after this time.
struct RetryAfter {
  absl::Duration delay;
  std::string why;
};

// The object does not exist: nobody looks again.
struct Gone {};

using Outcome = std::variant<Done, Wait, RetryAfter, Gone>;

// An error is looked at again with the key's own growing delay; ABORTED at
// once, after reading the object anew, for the first few in a row.
using ReconcileResult = absl::StatusOr<Outcome>;

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_OUTCOME_H_
