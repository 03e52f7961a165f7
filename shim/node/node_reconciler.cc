#include "shim/node/node_reconciler.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "shim/node/node_adoption.h"
#include "shim/node/node_match.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

// Up to this many Nodes are read by name, more are listed.
constexpr size_t kFewNodes = 5;
// Of those that are awaited, or in doubt, at most so many are read by name
// between two lists.
constexpr size_t kMaxReads = 10;
// Delays are jittered: a Node that is looked at a little early is not left for
// another round.
constexpr double kEarly = 0.8;

// Whether nobody waits for it.
bool IsSettled(const DesiredNodeEntry& entry) {
  return entry.state.phase == Phase::kInitialized && !entry.in_doubt;
}

std::string Where(const ObjectKey& cluster) {
  return absl::StrCat("kind=Cluster namespace=", cluster.name_space.str(),
                      " name=", cluster.name.str());
}

// The state of a Node that is only read, as far as it alone tells it.
std::optional<NodeState> StateByName(const DesiredNode& desired,
                                     const NodeSnapshot& node, bool may_wait) {
  const std::string& provider_id = node.provider_id;
  if (!provider_id.empty() && provider_id == desired.provider_id) {
    return NodeLinked(node.name, provider_id);
  }
  if (!may_wait) return std::nullopt;
  if (provider_id.empty()) return NodeWithoutProviderId(node.name);
  const bool needs_address = provider_id != desired.vm_provider_id;
  if (needs_address && node.addresses.empty()) {
    return NodeWithoutAddress(node.name);
  }
  return std::nullopt;
}

// Under which name the Node of a machine is read: the one that it had, or that
// of its VM.
const std::string& NameOf(const DesiredNodeEntry& entry) {
  const std::string& known = entry.state.node_name;
  return known.empty() ? entry.desired->vm_id : known;
}

// The state of a Node that was read by its name, as far as that alone
// tells it. `may_wait`: it is listed another time.
std::optional<NodeState> StateByName(const WorkloadNodes& nodes,
                                     const DesiredNodeEntry& entry,
                                     bool may_wait) {
  const DesiredNode& desired = *entry.desired;
  const std::string& name = NameOf(entry);
  const ObservedNode* const node = nodes.Find(name);
  if (node == nullptr) {
    if (!may_wait) return std::nullopt;
    // A list has told more of it.
    if (entry.state.reason == kNodeNotFound) return entry.state;
    return NodeNotFound(desired.vm_id);
  }
  if (!desired.read_only) {
    if (nodes.PlanFor(desired, *node).nothing_to_do()) {
      return NodeInitialized(name);
    }
    return std::nullopt;
  }
  return StateByName(desired, node->snapshot, may_wait);
}

Bulkhead::Options SharesOf(const NodeReconciler::Options& options) {
  Bulkhead::Options shares = Bulkhead::Options::ForWorkers(options.workers);
  shares.hang_threshold = options.hang_threshold;
  return shares;
}

absl::string_view WhatHappened(const NodeState& state) {
  if (state.phase != Phase::kInitialized) return "Node not initialized";
  return state.reason == kNodeLinked ? "Node linked" : "Node initialized";
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
      clusters_(SharesOf(options), clock, std::move(enqueue)) {}

ReconcileResult NodeReconciler::Reconcile(const CallContext& context,
                                          const ReconcileRequest& request) {
  const ObjectKey& cluster = request.key;
  const Entries entries = desired_.Of(cluster);
  if (entries.empty()) return Forget(cluster);
  if (DueOf(entries).empty()) return Next(cluster);

  const std::optional<Bulkhead::Permit> permit = clusters_.Enter(
      ToString(cluster), ToString(cluster), {cluster, Priority::kNormal});
  if (!permit.has_value()) {
    return RetryWithBackoff{"the limit of clusters without an answer"};
  }
  return ReconcileDue(context, cluster, entries, *permit);
}

ReconcileResult NodeReconciler::ReconcileDue(const CallContext& context,
                                             const ObjectKey& cluster,
                                             const Entries& entries,
                                             const Bulkhead::Permit& permit) {
  Record& record = RecordOf(cluster);
  const bool answered_before = record.answered;
  const std::optional<NodeState> blocked =
      TryComplete(context, cluster, entries, permit, record);
  if (context.cancel.stop_requested()) return absl::CancelledError("stopped");
  if (!blocked.has_value()) return Next(cluster);
  // A cluster that answered is not called unreachable at once, so that the
  // condition does not flap when its API server restarts.
  const bool silent = blocked->reason == kNodeUnreachable;
  if (silent) access_.Close(cluster);
  if (!silent || !answered_before) RecordCluster(cluster, *blocked);
  if (!std::all_of(entries.begin(), entries.end(), IsSettled)) {
    return RetryWithBackoff{blocked->reason};
  }
  // Nobody waits for it.
  access_.Drop(cluster);
  LOG(WARNING) << "Failed to look at complete Nodes " << Where(cluster)
               << " reason=" << blocked->reason
               << " message=" << blocked->message;
  return Done{};
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
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
    return a.looked_at < b.looked_at;
  });
  return due;
}

absl::Duration NodeReconciler::IntervalOf(const DesiredNodeEntry& entry) const {
  if (IsSettled(entry)) return options_.sync_period;
  if (entry.state.phase == Phase::kFailed) return options_.failed_interval;
  const bool late = clock_.Now() - entry.awaited_since >= options_.late;
  return late ? options_.late_interval : options_.pending_interval;
}

ReconcileResult NodeReconciler::Next(const ObjectKey& cluster) {
  absl::Duration next = absl::InfiniteDuration();
  for (const DesiredNodeEntry& entry : desired_.Of(cluster)) {
    if (IsSettled(entry)) continue;
    next = std::min(next, IntervalOf(entry));
  }
  if (next < absl::InfiniteDuration()) {
    return RetryAfter{next, "Nodes that are not complete"};
  }
  access_.Drop(cluster);
  return Done{};
}

std::optional<NodeState> NodeReconciler::TryComplete(
    const CallContext& context, const ObjectKey& cluster,
    const Entries& entries, const Bulkhead::Permit& permit, Record& record) {
  for (bool may_repeat = true;; may_repeat = false) {
    const absl::StatusOr<WorkloadAccess::Opened> opened =
        access_.Open(context, cluster);
    if (!opened.ok()) return StateWithoutAccess(opened.status(), cluster);
    WorkloadNodes nodes(*opened->client, context, clock_, options_.timeouts);
    const Bulkhead::Call call = permit.BeginCall();
    const absl::Status completed = CompleteDue(nodes, entries, record);
    record.answered = nodes.answered();
    if (completed.ok()) return std::nullopt;
    const bool refused = absl::IsUnauthenticated(completed) ||
                         absl::IsPermissionDenied(completed);
    if (refused) {
      access_.Drop(cluster);
      if (!opened->fresh && may_repeat) continue;
    } else if (nodes.answered()) {
      LOG_IF(WARNING, !context.cancel.stop_requested())
          << "Failed to complete Nodes " << Where(cluster)
          << " error=" << completed.message();
      return std::nullopt;
    }
    return StateAfterRefusal(completed);
  }
}

absl::Status NodeReconciler::CompleteDue(WorkloadNodes& nodes,
                                         const Entries& entries,
                                         Record& record) {
  EVROC_ASSIGN_OR_RETURN(const std::set<ObjectKey> unsettled,
                         ReadByName(nodes, DueOf(entries), record));
  if (unsettled.empty()) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(nodes.List());
  record.listed_at = clock_.Now();
  return CompleteFromList(nodes, entries, unsettled);
}

// Only a Node that is complete under its name needs no list: before one is
// written, or its provider ID taken over, it must be known that it is the only
// one of its machine. A Node that is not there by that name may have another
// one, which a list tells now and then. Of those in doubt there may be many,
// and for long: as long as their network is down.
absl::StatusOr<std::set<ObjectKey>> NodeReconciler::ReadByName(
    WorkloadNodes& nodes, const Entries& due, const Record& record) {
  const bool list_is_due =
      clock_.Now() >= record.listed_at + options_.late_interval;
  const auto is_awaited = [&](const DesiredNodeEntry& entry) {
    if (list_is_due) return false;
    const bool is_complete = entry.state.phase == Phase::kInitialized;
    if (is_complete) return entry.in_doubt && !entry.state.node_name.empty();
    return entry.state.phase == Phase::kPending &&
           entry.looked_at > absl::InfinitePast();
  };
  const size_t awaited = std::count_if(due.begin(), due.end(), is_awaited);
  // Of many only the first, to see whether the cluster answers.
  const size_t max_others = due.size() - awaited <= kFewNodes ? kFewNodes : 1;
  std::set<ObjectKey> unsettled;
  size_t awaited_reads = 0;
  size_t other_reads = 0;
  for (const DesiredNodeEntry& entry : due) {
    const bool may_wait = is_awaited(entry);
    if (may_wait ? awaited_reads++ >= kMaxReads : other_reads++ >= max_others) {
      if (!may_wait) unsettled.insert(entry.machine);
      continue;
    }
    EVROC_RETURN_IF_ERROR(nodes.Get(NameOf(entry)));
    const std::optional<NodeState> state = StateByName(nodes, entry, may_wait);
    if (state.has_value()) {
      RecordNode(entry, *state);
    } else {
      unsettled.insert(entry.machine);
    }
  }
  return unsettled;
}

absl::Status NodeReconciler::CompleteFromList(
    WorkloadNodes& nodes, const Entries& entries,
    const std::set<ObjectKey>& unsettled) {
  std::vector<const DesiredNode*> desired;
  desired.reserve(entries.size());
  for (const DesiredNodeEntry& entry : entries) {
    desired.push_back(entry.desired.get());
  }
  // Before the table changes with writes.
  RecordForeign(entries, desired, unsettled, nodes.table());
  const std::vector<NodeMatch> matches = MatchNodes(desired, nodes.table());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!unsettled.contains(entries[i].machine)) continue;
    if (desired[i]->read_only || !desired_.IsCurrent(entries[i])) continue;
    NodeState state = NodeNotFound(desired[i]->vm_id, matches[i].disregarded);
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

void NodeReconciler::RecordForeign(
    const Entries& entries, const std::vector<const DesiredNode*>& desired,
    const std::set<ObjectKey>& unsettled, const NodeTable& nodes) {
  const auto is_read_only = [](const DesiredNode* each) {
    return each->read_only;
  };
  if (std::none_of(desired.begin(), desired.end(), is_read_only)) return;
  const ForeignNodes foreign(desired, nodes);
  for (const DesiredNodeEntry& entry : entries) {
    if (!entry.desired->read_only || !unsettled.contains(entry.machine)) {
      continue;
    }
    RecordNode(entry, foreign.StateOf(*entry.desired));
  }
}

void NodeReconciler::RecordNode(const DesiredNodeEntry& entry,
                                const NodeState& state) {
  if (!desired_.Record(entry, state)) return;
  LOG(INFO) << WhatHappened(state)
            << " kind=EvrocMachine namespace=" << entry.machine.name_space
            << " name=" << entry.machine.name << " reason=" << state.reason
            << " message=" << state.message;
  on_change_(entry.machine);
}

void NodeReconciler::RecordCluster(const ObjectKey& cluster,
                                   const NodeState& state) {
  const std::vector<ObjectKey> changed = desired_.RecordCluster(cluster, state);
  if (changed.empty()) return;
  LOG(WARNING) << "Failed to read Nodes " << Where(cluster)
               << " reason=" << state.reason << " message=" << state.message;
  for (const ObjectKey& machine : changed) on_change_(machine);
}

}  // namespace evroc::shim
