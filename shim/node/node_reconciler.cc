#include "shim/node/node_reconciler.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "shim/node/node_match.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

// Up to this many Nodes are read by name, more are listed.
constexpr size_t kFewNodes = 5;
// Delays are jittered: a Node that is looked at a little early is not left for
// another round.
constexpr double kEarly = 0.8;
// How long a cluster waits at most for a worker before it asks again.
constexpr absl::Duration kBusyDelay = absl::Seconds(30);

bool IsComplete(const WorkloadNodes& nodes, const DesiredNode& desired) {
  const ObservedNode* node = nodes.Find(desired.vm_id);
  return node != nullptr && nodes.PlanFor(desired, *node).nothing_to_do();
}

}  // namespace

NodeReconciler::NodeReconciler(DesiredNodes& desired, WorkloadAccess& access,
                               Clock& clock, Bulkhead::OnAvailable enqueue,
                               OnChange on_change, const Options& options)
    : desired_(desired),
      access_(access),
      clock_(clock),
      on_change_(std::move(on_change)),
      options_(options),
      unproven_({.capacity = options.unproven, .max_hanging = options.unproven},
                clock, std::move(enqueue)) {}

ReconcileResult NodeReconciler::Reconcile(const CallContext& context,
                                          const ReconcileRequest& request) {
  const ObjectKey& cluster = request.key;
  const Entries entries = desired_.Of(cluster);
  if (entries.empty()) return Forget(cluster);
  if (DueOf(entries).empty()) return Next(cluster);

  Record& record = RecordOf(cluster);
  if (record.answered) return ReconcileDue(context, cluster, entries, record);
  const std::optional<Bulkhead::Permit> permit = unproven_.Enter(
      "", {cluster, record.asked ? Priority::kLow : Priority::kNormal});
  if (!permit.has_value()) {
    return RetryAfter{kBusyDelay, "the limit of clusters without an answer"};
  }
  return ReconcileDue(context, cluster, entries, record);
}

ReconcileResult NodeReconciler::ReconcileDue(const CallContext& context,
                                             const ObjectKey& cluster,
                                             const Entries& entries,
                                             Record& record) {
  const std::optional<NodeState> blocked =
      Look(context, cluster, entries, record);
  if (!blocked.has_value()) return Next(cluster);
  if (context.cancel.stop_requested()) return absl::CancelledError("stopped");
  // A cluster that answered is not called unreachable at once, so that the
  // condition does not flap when its API server restarts.
  const bool silent = blocked->reason == kNodeUnreachable;
  if (!silent || !record.answered) RecordCluster(cluster, *blocked);
  if (silent) record.answered = false;
  return RetryWithBackoff{blocked->reason};
}

NodeReconciler::Record& NodeReconciler::RecordOf(const ObjectKey& cluster) {
  absl::MutexLock lock(&mutex_);
  return records_[cluster];
}

ReconcileResult NodeReconciler::Forget(const ObjectKey& cluster) {
  access_.Drop(cluster);
  absl::MutexLock lock(&mutex_);
  records_.erase(cluster);
  return Gone{};
}

NodeReconciler::Entries NodeReconciler::DueOf(const Entries& entries) const {
  const absl::Time now = clock_.Now();
  Entries due;
  for (const DesiredNodeEntry& entry : entries) {
    if (now >= entry.looked_at + kEarly * IntervalOf(entry)) {
      due.push_back(entry);
    }
  }
  return due;
}

absl::Duration NodeReconciler::IntervalOf(const DesiredNodeEntry& entry) const {
  switch (entry.state.phase) {
    case Phase::kInitialized:
      return options_.sync_period;
    case Phase::kFailed:
      return options_.failed_interval;
    case Phase::kPending:
      break;
  }
  const bool late = clock_.Now() - entry.wanted_at >= options_.late;
  return late ? options_.late_interval : options_.pending_interval;
}

ReconcileResult NodeReconciler::Next(const ObjectKey& cluster) {
  absl::Duration next = absl::InfiniteDuration();
  for (const DesiredNodeEntry& entry : desired_.Of(cluster)) {
    if (entry.state.phase == Phase::kInitialized) continue;
    next = std::min(next, IntervalOf(entry));
  }
  if (next < absl::InfiniteDuration()) {
    return RetryAfter{next, "Nodes that are not complete"};
  }
  access_.Drop(cluster);
  return Done{};
}

std::optional<NodeState> NodeReconciler::Look(const CallContext& context,
                                              const ObjectKey& cluster,
                                              const Entries& entries,
                                              Record& record) {
  for (bool may_repeat = true;; may_repeat = false) {
    const absl::StatusOr<WorkloadAccess::Opened> opened =
        access_.Open(context, cluster);
    if (!opened.ok()) return StateWithoutAccess(opened.status(), cluster);
    WorkloadNodes nodes(*opened->client, context, clock_, options_.timeouts);
    record.asked = true;
    const absl::Status looked = LookAt(nodes, entries, record);
    if (looked.ok()) {
      record.answered = true;
      return std::nullopt;
    }
    VLOG(1) << "Failed to reconcile Nodes kind=Cluster namespace="
            << cluster.name_space << " name=" << cluster.name
            << " error=" << looked;
    if (absl::IsUnauthenticated(looked) || absl::IsPermissionDenied(looked)) {
      access_.Drop(cluster);
      if (!opened->fresh && may_repeat) continue;
    }
    return StateAfterRefusal(looked);
  }
}

absl::Status NodeReconciler::LookAt(WorkloadNodes& nodes,
                                    const Entries& entries, Record& record) {
  EVROC_ASSIGN_OR_RETURN(const std::set<ObjectKey> open,
                         LookByName(nodes, DueOf(entries), record));
  if (open.empty()) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(nodes.List());
  record.listed_at = clock_.Now();
  return LookInList(nodes, entries, open);
}

// Only a Node that is complete under its VM's name needs no list: before one is
// written it must be known that it is the only one of its machine. A Node that
// is not there by that name may have another one, which a list tells now and
// then.
absl::StatusOr<std::set<ObjectKey>> NodeReconciler::LookByName(
    WorkloadNodes& nodes, const Entries& due, const Record& record) {
  const bool few = due.size() <= kFewNodes;
  const bool list_is_due =
      clock_.Now() >= record.listed_at + options_.late_interval;
  std::set<ObjectKey> open;
  for (const DesiredNodeEntry& entry : due) {
    const std::string& name = entry.desired->vm_id;
    // Of many only the first, to see whether the cluster answers.
    if (!few && !open.empty()) {
      open.insert(entry.machine);
      continue;
    }
    EVROC_RETURN_IF_ERROR(nodes.Get(name));
    const bool is_awaited = entry.state.phase == Phase::kPending &&
                            entry.looked_at > absl::InfinitePast();
    if (IsComplete(nodes, *entry.desired)) {
      RecordNode(entry, NodeInitialized(name));
    } else if (few && is_awaited && !list_is_due &&
               nodes.Find(name) == nullptr) {
      RecordNode(entry, NodeNotFound(name));
    } else {
      open.insert(entry.machine);
    }
  }
  return open;
}

absl::Status NodeReconciler::LookInList(WorkloadNodes& nodes,
                                        const Entries& entries,
                                        const std::set<ObjectKey>& open) {
  std::vector<const DesiredNode*> desired;
  desired.reserve(entries.size());
  for (const DesiredNodeEntry& entry : entries) {
    desired.push_back(entry.desired.get());
  }
  const std::vector<NodeMatch> matches = MatchNodes(desired, nodes.table());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!open.contains(entries[i].machine)) continue;
    NodeState state = NodeNotFound(desired[i]->vm_id);
    if (!matches[i].ambiguity.empty()) {
      state = {Phase::kFailed, kNodeAmbiguous, matches[i].ambiguity};
    } else if (matches[i].node != nullptr) {
      // A copy: the table changes with the write.
      const std::string name = matches[i].node->snapshot.name;
      EVROC_ASSIGN_OR_RETURN(state, nodes.Complete(*desired[i], name));
    }
    RecordNode(entries[i], state);
  }
  return absl::OkStatus();
}

void NodeReconciler::RecordNode(const DesiredNodeEntry& entry,
                                const NodeState& state) {
  if (!desired_.Record(entry, state)) return;
  LOG(INFO) << (state.phase == Phase::kInitialized ? "Node initialized"
                                                   : "Node not initialized")
            << " kind=EvrocMachine namespace=" << entry.machine.name_space
            << " name=" << entry.machine.name << " reason=" << state.reason
            << " message=" << state.message;
  on_change_(entry.machine);
}

void NodeReconciler::RecordCluster(const ObjectKey& cluster,
                                   const NodeState& state) {
  const std::vector<ObjectKey> changed = desired_.RecordCluster(cluster, state);
  if (changed.empty()) return;
  LOG(WARNING) << "Failed to read Nodes kind=Cluster namespace="
               << cluster.name_space << " name=" << cluster.name
               << " reason=" << state.reason << " message=" << state.message;
  for (const ObjectKey& machine : changed) on_change_(machine);
}

}  // namespace evroc::shim
