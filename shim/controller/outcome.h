// The result of one reconcile. Waiting is a type of its own that names what
// ends the wait, so it can't be mistaken for success. Values.

#ifndef SHIM_CONTROLLER_OUTCOME_H_
#define SHIM_CONTROLLER_OUTCOME_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evroc::shim {

// The object has its desired state.
struct Done {};

// An event will enqueue the object again; `event` names it, for logs.
struct Wait {
  std::string event;
};

// No event will come: reconcile again after `delay`. `why` is for logs.
struct RetryAfter {
  absl::Duration delay;
  std::string why;
};

// No event will come, and there is no telling when: reconcile again after the
// key's own growing delay. `why` is for logs.
struct RetryWithBackoff {
  std::string why;
};

// The object does not exist: it is not reconciled again.
struct Gone {};

using Outcome = std::variant<Done, Wait, RetryAfter, RetryWithBackoff, Gone>;

// After an error the key is retried with its own growing delay; after the first
// few ABORTED in a row at once, with the object read again.
using ReconcileResult = absl::StatusOr<Outcome>;

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_OUTCOME_H_
