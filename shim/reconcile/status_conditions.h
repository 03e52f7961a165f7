// Sets conditions of our objects: those that the services report, those that
// tell how the last reconcile ended, and Paused.
// Pure functions.

#ifndef SHIM_RECONCILE_STATUS_CONDITIONS_H_
#define SHIM_RECONCILE_STATUS_CONDITIONS_H_

#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shim/cache/conditions.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/rpc/cloud_conditions.h"
#include "shim/rpc/scope_contact.h"

namespace evroc::shim {

// Beside Ready, which says what is measured, these say why what was asked for
// is not had, or why nothing is measured (ADR 29). Each reconcile that calls
// the cloud writes all of them.
inline constexpr absl::string_view kCredentialsReady = "CredentialsReady";
inline constexpr absl::string_view kSpecApplied = "SpecApplied";
inline constexpr absl::string_view kCloudReachable = "CloudReachable";
inline constexpr absl::string_view kCloudUnreachable = "CloudUnreachable";

// The services' condition that says whether a network serves its endpoint,
// which Ready repeats.
inline constexpr absl::string_view kServing = "Serving";

// Sets CredentialsReady and SpecApplied after calls that succeeded.
void SetApplied(int64_t generation, absl::Time now, Conditions& conditions);
// Sets SpecApplied False where one of `parts` is False: it is used, and not as
// it was asked for.
void SetUnmet(std::initializer_list<absl::string_view> parts,
              int64_t generation, absl::Time now, Conditions& conditions);
// Sets them after an error that ended the reconcile.
void SetRefused(const ReconcileError& error, int64_t generation, absl::Time now,
                Conditions& conditions);
// Sets CloudReachable: Unknown once the cloud has not answered for so long that
// it has to be told (`is_stale`); until then, and where it was not asked
// (`answered` is false), it stays.
void SetCloudReachable(const CloudContact& contact, bool is_stale,
                       bool answered, int64_t generation, absl::Time now,
                       Conditions& conditions);
// Sets a condition False for an error. The words of a transient one, which
// differ from call to call, stay those of the first.
void SetFailed(absl::string_view type, const ReconcileError& error,
               int64_t generation, absl::Time now, Conditions& conditions);
// Removes those of `types` that are not True: what an earlier error said.
void RemoveUnmet(std::initializer_list<absl::string_view> types,
                 Conditions& conditions);

// Whether an event is due: one of the conditions above has another reason than
// `before`, and is not True.
bool IsWorthAnEvent(const Conditions& before, const Conditions& after);

// Sets each condition of `from` in `to` under its own type, but for kServing.
// Only "Ready" is set as `ready_as`, or left out where that is empty.
void CopyConditions(const CloudConditions& from, absl::string_view ready_as,
                    int64_t generation, absl::Time now, Conditions& to);

// Sets the condition CloudIdentityMatched: the cloud is the object's.
void SetCloudMatched(int64_t generation, absl::Time now,
                     Conditions& conditions);

// Sets the Paused condition (PA-02). `by_cluster`: spec.paused of the Cluster;
// `by_annotation`: on the object.
void SetPaused(bool by_cluster, bool by_annotation, int64_t generation,
               absl::Time now, Conditions& conditions);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_STATUS_CONDITIONS_H_
