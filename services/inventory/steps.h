// The outcome of an Apply that takes several steps (ADR 29). Not thread-safe.

#ifndef SERVICES_INVENTORY_STEPS_H_
#define SERVICES_INVENTORY_STEPS_H_

#include "absl/status/status.h"
#include "services/inventory/ensure.h"

namespace evroc::cloud {

class Steps {
 public:
  // `exists`: what is applied was made before, so that a refusal holds up none
  // of the other steps. Of what is new the first error is the end, since more
  // would be made in vain.
  explicit Steps(bool exists) : exists_(exists) {}

  // Notes how a step ended. Returns whether the next one is to be taken: not
  // after an error that passes, since then all of them are taken again soon.
  bool GoesOnAfter(const absl::Status& step) {
    if (step.ok()) return true;
    if (exists_ && IsRefusal(step)) {
      outcome_.Update(step);
      return true;
    }
    outcome_ = step;
    return false;
  }

  // The error that ended them, else the first refusal.
  const absl::Status& outcome() const { return outcome_; }

 private:
  const bool exists_;
  absl::Status outcome_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_STEPS_H_
