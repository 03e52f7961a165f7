// Sums up what the services found of an object of Evroc's official provider,
// for its condition TakenOver. Pure functions.

#ifndef SHIM_RECONCILE_TAKEOVER_FINDINGS_H_
#define SHIM_RECONCILE_TAKEOVER_FINDINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/common/v1/take_over.pb.h"
#include "shim/cache/conditions.h"
#include "shim/cache/object_meta.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

using TakeOverObjects = std::vector<common::v1::TakeOverObject>;

// What the end of the pause would change in the cloud beside labels of
// providers, for people.
struct TakeOverPlan {
  std::vector<std::string> changes;
  std::string failure;  // why not all of the spec can be had; empty: it can
};

// Ends a reconcile that met an error of the cloud.
using FailReconcile = absl::FunctionRef<ReconcileResult(const absl::Status&)>;

inline constexpr absl::string_view kTakenOver = "TakenOver";
// Reasons of that condition.
inline constexpr absl::string_view kProven = "Proven";
inline constexpr absl::string_view kNotProven = "NotProven";
inline constexpr absl::string_view kGivenBack = "GivenBack";
inline constexpr absl::string_view kNotTheirs = "NotTheirs";
// Of those that are neither looked at nor taken over, and hold up nothing else.
inline constexpr absl::string_view kClusterGone = "ClusterGone";
inline constexpr absl::string_view kCopyOf = "CopyOf";
inline constexpr absl::string_view kManagedElsewhere = "ManagedElsewhere";

// Why an object is left aside.
struct LeftAside {
  absl::string_view reason;  // one of these three
  std::string message;
};

// Whether one of them may be somebody else's.
bool AnyNotProven(const TakeOverObjects& objects);
// Whether one of them is the official provider's, taken or not: the owner's
// objects have its names.
bool AnyTheirs(const TakeOverObjects& objects);

// Names the objects with that verdict, a few of them with the reason.
std::string Describe(const TakeOverObjects& objects,
                     common::v1::TakeOverObject::Verdict verdict);

// What taking over would do. `plan` counts once all objects are proven, and
// `remarks` are added to it.
struct TakeOverReport {
  absl::StatusOr<TakeOverObjects> objects = TakeOverObjects();
  absl::StatusOr<TakeOverPlan> plan = TakeOverPlan();
  std::vector<std::string> remarks;
};

// Set TakenOver of an object that is not taken over.
// While it is paused: what would be done, or why that is not known. `explain`
// explains an error of a service.
void SetReport(const TakeOverReport& report,
               absl::FunctionRef<ReconcileError(const absl::Status&)> explain,
               int64_t generation, absl::Time now, Conditions& conditions);
// Also sets Ready: nobody looks after the object.
void SetNotProven(const TakeOverObjects& objects, int64_t generation,
                  absl::Time now, Conditions& conditions);
// Also sets Ready of one that is not `paused`.
void SetLeftAside(const LeftAside& why, bool paused, int64_t generation,
                  absl::Time now, Conditions& conditions);
// Also names those that the official provider will not find.
void SetGivenBack(const TakeOverObjects& objects, int64_t generation,
                  absl::Time now, Conditions& conditions);

// Sets TakenOver of an object that is reconciled: true if it has a resource
// prefix; removed if it is none of the official provider's.
void SetTakenOver(const ObjectMeta& meta, absl::Time now,
                  Conditions& conditions);

void PublishTakenOver(const ReconcileEnv& env, const ResourceType& type,
                      const ObjectMeta& object);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_TAKEOVER_FINDINGS_H_
