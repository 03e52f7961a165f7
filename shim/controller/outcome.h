// How one reconcile ended. "Not yet" is a type of its own, so that it can't be
// taken for "done", and names what ends the wait. Values.

#ifndef SHIM_CONTROLLER_OUTCOME_H_
#define SHIM_CONTROLLER_OUTCOME_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evroc::shim {

// The object is as it should be.
struct Done {};

// An event will requeue the object: `event` says which, for logs.
struct Wait {
  std::string event;
};

// No event will come: the object is reconciled again after `delay`.
struct RetryAfter {
  absl::Duration delay;
  std::string why;
};

// The object does not exist: it is not requeued.
struct Gone {};

using Outcome = std::variant<Done, Wait, RetryAfter, Gone>;

// An error requeues the key with its own growing delay; ABORTED requeues it at
// once for the first few in a row.
using ReconcileResult = absl::StatusOr<Outcome>;

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_OUTCOME_H_
