// Tells what would change in the cloud beside labels of providers once an
// EvrocMachine is taken over.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_PLAN_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_PLAN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

// Of the objects of an EvrocMachine, or of the official provider's marks on it.
OfficialMarks MarksOf(const MachineContext& machine);

struct MachinePlanInput {
  const MachineContext& machine;  // untaken, with its EvrocCluster and Machine
  // As it is or will be; null: not known.
  std::shared_ptr<const Placement> network;
  const TakeOverObjects& objects;  // what it has in the cloud, all proven
  std::string zone;                // where that is
};

// Writes nothing. Errors of the services that say nothing about the plan.
absl::StatusOr<TakeOverPlan> PlanMachine(const CallContext& context,
                                         ReconcileEnv& env,
                                         const common::v1::CloudScope& scope,
                                         const MachinePlanInput& input);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_PLAN_H_
