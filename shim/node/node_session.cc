#include "shim/node/node_session.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/time/sleep.h"
#include "glog/logging.h"
#include "shim/node/cluster_failure.h"
#include "shim/node/node_match.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

// How often one Node is written or read again before it has to wait.
constexpr int kMaxRounds = 6;

NodeState NotFound(const DesiredNode& desired) {
  return {
      Phase::kPending, kNodeNotFound,
      absl::StrCat("no Node of VM \"", desired.vm_id, "\" has registered yet")};
}

NodeState Initialized(const std::string& name) {
  return {Phase::kInitialized, kNodeInitialized,
          absl::StrCat("Node \"", name, "\"")};
}

// Whether `seen` is the echo of a state before `known`, which an answer to a
// write brought already. Kubernetes lets versions of one resource be compared
// as numbers; what is no number counts as new.
bool IsOlder(const ObservedNode& seen, const ObservedNode& known) {
  uint64_t seen_version = 0;
  uint64_t known_version = 0;
  return absl::SimpleAtoi(seen.resource_version, &seen_version) &&
         absl::SimpleAtoi(known.resource_version, &known_version) &&
         seen_version < known_version;
}

NodeState Refused(const std::string& name, const absl::Status& error) {
  return {
      Phase::kFailed, kNodePatchRefused,
      absl::StrCat("Node \"", name, "\" can't be changed: ", error.message())};
}

}  // namespace

NodeSession::NodeSession(ObjectKey cluster, const Parts& parts,
                         const SessionOptions& options)
    : cluster_(std::move(cluster)), parts_(parts), options_(options) {}

absl::Status NodeSession::Run(const std::stop_token& cancel) {
  EVROC_RETURN_IF_ERROR(ListNodes(cancel));
  for (;;) {
    const std::stop_token wake = parts_.wake.Next();
    EVROC_RETURN_IF_ERROR(SettleAll(cancel));
    if (!parts_.board.HasOpen(cluster_)) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(WatchNodes(cancel, wake));
  }
}

CallContext NodeSession::ContextFor(const std::stop_token& cancel,
                                    absl::Duration timeout) const {
  return CallContext{.deadline = parts_.clock.Now() + timeout,
                     .cancel = cancel};
}

absl::Status NodeSession::ListNodes(const std::stop_token& cancel) {
  NodeTable nodes;
  const auto sink = [&](const Json& node) {
    if (IsLeaving(node)) return absl::OkStatus();
    ObservedNode seen = ReadNode(node);
    const std::string name = seen.snapshot.name;
    nodes[name] = std::move(seen);
    return absl::OkStatus();
  };
  absl::StatusOr<std::string> version = parts_.client.List(
      ContextFor(cancel, options_.list_timeout), kNodeType, {}, sink);
  if (absl::IsOutOfRange(version.status())) {
    return absl::AbortedError("the list of Nodes has to begin anew");
  }
  if (!version.ok()) return version.status();
  nodes_ = std::move(nodes);
  version_ = *std::move(version);
  listed_ = true;
  return absl::OkStatus();
}

absl::Status NodeSession::WatchNodes(const std::stop_token& cancel,
                                     const std::stop_token& wake) {
  std::stop_source stop;
  const std::stop_callback on_cancel(cancel, [&] { stop.request_stop(); });
  const std::stop_callback on_wake(wake, [&] { stop.request_stop(); });
  bool heard = false;
  bool work = false;
  const auto sink = [&](const WatchEvent& event) -> absl::Status {
    heard = true;
    work = Take(event) && HasWork();
    return work ? absl::CancelledError("there is work to do")
                : absl::OkStatus();
  };
  const absl::Status ended =
      parts_.client.Watch(ContextFor(stop.get_token(), options_.watch_timeout),
                          kNodeType, {}, version_, sink);
  if (cancel.stop_requested()) return absl::CancelledError("the turn is over");
  if (work || wake.stop_requested()) return absl::OkStatus();
  // Time has passed: what was refused may be accepted now.
  refusals_.clear();
  return AfterWatch(ended, heard, cancel);
}

absl::Status NodeSession::AfterWatch(const absl::Status& ended, bool heard,
                                     const std::stop_token& cancel) {
  switch (ended.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      // A connection that died without a word looks like this.
      return heard ? absl::OkStatus()
                   : absl::AbortedError("the watch has gone silent");
    case absl::StatusCode::kOk:
    case absl::StatusCode::kOutOfRange:
      if (!SleepFor(options_.watch_pause, cancel, parts_.clock)) {
        return absl::CancelledError("the turn is over");
      }
      return ended.ok() ? ended : ListNodes(cancel);
    default:
      return ended;
  }
}

bool NodeSession::Take(const WatchEvent& event) {
  ObservedNode seen = ReadNode(event.object);
  if (!seen.resource_version.empty()) version_ = seen.resource_version;
  if (event.type == WatchEvent::Type::kBookmark) return false;
  const std::string name = seen.snapshot.name;
  if (event.type == WatchEvent::Type::kDeleted || IsLeaving(event.object)) {
    return nodes_.erase(name) > 0;
  }
  ObservedNode& known = nodes_[name];
  if (IsOlder(seen, known)) return false;
  const bool changed = !(known.snapshot == seen.snapshot);
  known = std::move(seen);
  return changed;
}

std::vector<NodeSession::Decision> NodeSession::Decide() const {
  std::vector<PendingNode> open = parts_.board.OpenOf(cluster_);
  std::vector<const DesiredNode*> desired_nodes;
  desired_nodes.reserve(open.size());
  for (const PendingNode& desired : open)
    desired_nodes.push_back(desired.desired.get());
  const std::vector<NodeMatch> matches = MatchNodes(desired_nodes, nodes_);

  std::vector<Decision> decisions;
  decisions.reserve(open.size());
  for (size_t i = 0; i < open.size(); ++i) {
    if (matches[i].node != nullptr) {
      decisions.push_back(DecideFor(open[i], *matches[i].node));
    } else if (!matches[i].ambiguity.empty()) {
      decisions.push_back(
          {open[i], {Phase::kFailed, kNodeAmbiguous, matches[i].ambiguity}});
    } else {
      decisions.push_back({open[i], NotFound(*desired_nodes[i])});
    }
  }
  return decisions;
}

NodeSession::Decision NodeSession::DecideFor(const PendingNode& open,
                                             const ObservedNode& node) const {
  auto refusal = refusals_.find(open.machine);
  if (refusal != refusals_.end() && refusal->second.serial == open.serial &&
      refusal->second.snapshot == node.snapshot) {
    return {open, refusal->second.state};
  }
  const NodePlan plan = PlanFor(*open.desired, node);
  if (!plan.conflict.empty()) {
    return {open, {Phase::kFailed, kNodeProviderIdConflict, plan.conflict}};
  }
  if (plan.nothing_to_do()) return {open, Initialized(node.snapshot.name)};
  return {open, {}, node.snapshot.name};
}

bool NodeSession::HasWork() const {
  for (const Decision& decision : Decide()) {
    if (!decision.node.empty()) return true;
    if (!(decision.state == decision.open.state)) return true;
  }
  return false;
}

absl::Status NodeSession::SettleAll(const std::stop_token& cancel) {
  for (const Decision& decision : Decide()) {
    NodeState state = decision.state;
    if (!decision.node.empty()) {
      EVROC_ASSIGN_OR_RETURN(state,
                             Initialize(decision.open, decision.node, cancel));
    }
    Record(decision.open, state);
  }
  return absl::OkStatus();
}

void NodeSession::Record(const PendingNode& open, const NodeState& state) {
  if (!parts_.board.Settle(open, state)) return;
  LOG(INFO) << (state.phase == Phase::kInitialized ? "Node initialized"
                                                   : "Node not initialized")
            << " kind=EvrocMachine namespace=" << open.machine.name_space
            << " name=" << open.machine.name << " reason=" << state.reason
            << " message=" << state.message;
  parts_.on_change(open.machine);
}

absl::StatusOr<NodeState> NodeSession::Initialize(
    const PendingNode& open, const std::string& name,
    const std::stop_token& cancel) {
  const auto refuse = [&](const absl::Status& error) {
    NodeState state = Refused(name, error);
    refusals_[open.machine] = {open.serial, nodes_[name].snapshot, state};
    return state;
  };
  absl::Status status_error;  // addresses that are refused hold up nothing else
  for (int round = 0; round < kMaxRounds; ++round) {
    auto found = nodes_.find(name);
    if (found == nodes_.end()) return NotFound(*open.desired);
    NodePlan plan = PlanFor(*open.desired, found->second);
    if (!plan.conflict.empty()) {
      return DecideFor(open, found->second).state;
    }
    if (!status_error.ok()) plan.status_patch.reset();
    if (plan.nothing_to_do()) {
      if (!status_error.ok()) return refuse(status_error);
      return Initialized(name);
    }
    const absl::Status written = Write(name, plan, cancel);
    if (written.ok()) continue;
    if (!ConcernsOneNode(written)) return written;
    if (!plan.status_patch) return refuse(written);
    status_error = written;
  }
  return refuse(absl::AbortedError("somebody else changes it all the time"));
}

absl::Status NodeSession::Write(const std::string& name, const NodePlan& plan,
                                const std::stop_token& cancel) {
  const bool is_status = plan.status_patch.has_value();
  absl::Status patched =
      Patch(name, is_status, is_status ? *plan.status_patch : *plan.node_patch,
            cancel);
  if (absl::IsAborted(patched)) return ReadAgain(name, cancel);
  if (!IsMissing(patched)) return patched;
  // If the Node itself is gone, the next write says so.
  if (is_status) {
    no_status_ = true;
  } else {
    nodes_.erase(name);
  }
  return absl::OkStatus();
}

absl::Status NodeSession::Patch(const std::string& name, bool status,
                                const Json& patch,
                                const std::stop_token& cancel) {
  absl::StatusOr<Json> node =
      parts_.client.Patch(ContextFor(cancel, options_.call_timeout), kNodeType,
                          {"", name}, status ? "status" : "", patch);
  if (!node.ok()) return node.status();
  nodes_[name] = ReadNode(*node);
  return absl::OkStatus();
}

absl::Status NodeSession::ReadAgain(const std::string& name,
                                    const std::stop_token& cancel) {
  absl::StatusOr<Json> node = parts_.client.Get(
      ContextFor(cancel, options_.call_timeout), kNodeType, {"", name});
  if (!node.ok() && !IsMissing(node.status())) return node.status();
  if (!node.ok() || IsLeaving(*node)) {
    nodes_.erase(name);
  } else {
    nodes_[name] = ReadNode(*node);
  }
  return absl::OkStatus();
}

NodePlan NodeSession::PlanFor(const DesiredNode& desired,
                              const ObservedNode& node) const {
  NodePlan plan = PlanNode(desired, node);
  if (no_status_) plan.status_patch.reset();
  return plan;
}

}  // namespace evroc::shim
