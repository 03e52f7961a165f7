// The reason why a reconcile stopped, and its meaning for the object's
// conditions. Values and pure functions.

#ifndef SHIM_RECONCILE_RECONCILE_ERROR_H_
#define SHIM_RECONCILE_RECONCILE_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shim/reconcile/crd_fields.h"

namespace evroc::shim {

// ErrorInfo.reason of an error about the Secret that holds a credential.
inline constexpr absl::string_view kCredentialsSecret = "CREDENTIALS_SECRET";

// The condition's reason where a quota is used up.
inline constexpr absl::string_view kQuotaExceededReason = "QuotaExceeded";
// Where the credential has no right to do something.
inline constexpr absl::string_view kPermissionDeniedReason = "PermissionDenied";
// Where the zone is at fault, and another one may take the machine.
inline constexpr absl::string_view kZoneRefusedReason = "ZoneRefused";
// Where the Kubernetes API refuses a write of ours, by an admission policy say,
// or since a webhook that has to be asked can't be called: that is transient.
inline constexpr absl::string_view kWriteRefusedReason = "WriteRefused";

struct ReconcileError {
  // The type of the condition that it concerns, besides Ready; empty: none.
  std::string condition;
  std::string reason;   // CamelCase
  std::string message;  // names fields as the CRD does
  // The cloud or a program is slow, busy or away: it is tried again soon.
  bool transient = false;
  // The cloud, or a check of what is asked of it, has said so.
  bool answered = false;
  // It comes from the Kubernetes API, and says nothing of the cloud.
  bool kubernetes = false;
  // The credentials are at fault: the Secret is read again.
  bool credentials = false;
  // The delay of the next reconcile; zero: a growing delay after an error, the
  // next event where something has to come first.
  absl::Duration retry_after;
  // OK where nothing is wrong and something else has to come first.
  absl::Status cause;
};

// Explains an error of a service, of the Kubernetes API or of our own checks.
// Reads its details alone, never its message: field violations name the fields,
// the metadata entry "condition" the condition. `retry_interval` is the delay
// where a person has to act, who may do so unseen.
ReconcileError ReconcileErrorOf(const absl::Status& status,
                                const CredentialSource& source,
                                absl::Duration retry_interval);

// Whether the Kubernetes API refuses what was written, whatever the writer
// does: no conflict, and not for want of an answer of its own.
bool IsRefusedWrite(const absl::Status& status);

// Whether the credential is at fault, or what it may do.
bool ConcernsAccess(const ReconcileError& error);

// Whether it is told rather than a refusal of what was asked for: it passes, so
// that all is tried again soon, or nothing could be asked for.
bool ComesFirst(const ReconcileError& error);

// Explains a wait: something else has to come first.
ReconcileError Waiting(absl::string_view condition, absl::string_view reason,
                       absl::string_view message,
                       absl::Duration retry_after = absl::ZeroDuration());

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_RECONCILE_ERROR_H_
