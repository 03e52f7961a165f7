// What an error of a service means to the object that it is about: the words of
// its condition, and whether it says anything about the object at all
// (architecture.md#errors). Pure functions.

#ifndef SHIM_RECONCILE_RECONCILE_ERROR_H_
#define SHIM_RECONCILE_RECONCILE_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evroc::shim {

struct ReconcileError {
  // The cloud or a program is slow, busy or away: conditions stay as they are.
  bool transient = false;
  // The credentials are at fault: they are read anew.
  bool credentials = false;
  std::string reason;   // CamelCase
  std::string message;  // names the field as the CRD does
  // When to look again; zero: with growing delay.
  absl::Duration retry_after;
};

// `secret` is "namespace/name" of the credential Secret.
ReconcileError ReconcileErrorOf(const absl::Status& status,
                                absl::string_view secret);

// The same text with the services' field names as the CRDs have them:
// "virtual_machine.compute_profile" reads "spec.computeProfile".
std::string InCrdTerms(absl::string_view text, absl::string_view secret);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_RECONCILE_ERROR_H_
