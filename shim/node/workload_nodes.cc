#include "shim/node/workload_nodes.h"

#include <algorithm>
#include <utility>

#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

// How often one Node is written or read again before it has to wait.
constexpr int kMaxRounds = 6;

// The status code of the API's answer; empty if there was none.
std::string HttpStatusOf(const absl::Status& error) {
  const ErrorDetails details = DetailsOf(error);
  const auto http = details.metadata.find("http_status");
  return http == details.metadata.end() ? "" : http->second;
}

// Whether the API refused one write, be it for a webhook that fails: it may
// accept others.
bool ConcernsOneNode(const absl::Status& error) {
  if (absl::IsUnauthenticated(error)) return false;
  return absl::IsInvalidArgument(error) || absl::IsPermissionDenied(error) ||
         absl::IsFailedPrecondition(error) || absl::IsAborted(error) ||
         !HttpStatusOf(error).empty();
}

// Whether there is no such path: a subresource that the API does not have, or
// an object that is gone.
bool IsMissing(const absl::Status& error) {
  return absl::IsNotFound(error) || HttpStatusOf(error) == "404";
}

}  // namespace

WorkloadNodes::WorkloadNodes(KubeClient& client, const CallContext& context,
                             Clock& clock, const Timeouts& timeouts)
    : client_(client), context_(context), clock_(clock), timeouts_(timeouts) {}

CallContext WorkloadNodes::ContextFor(absl::Duration timeout) const {
  CallContext context = context_;
  if (!answered_) timeout = std::min(timeout, timeouts_.first);
  context.deadline = std::min(context.deadline, clock_.Now() + timeout);
  return context;
}

absl::Status WorkloadNodes::Get(const std::string& name) {
  const absl::StatusOr<Json> node =
      client_.Get(ContextFor(timeouts_.call), kNodeType, {"", name});
  if (!node.ok() && !IsMissing(node.status())) return node.status();
  answered_ = true;
  if (!node.ok() || IsLeaving(*node)) {
    table_.erase(name);
  } else {
    table_[name] = ReadNode(*node);
  }
  return absl::OkStatus();
}

absl::Status WorkloadNodes::List() {
  NodeTable table;
  const auto sink = [&](const Json& node) {
    if (IsLeaving(node)) return absl::OkStatus();
    ObservedNode observed = ReadNode(node);
    const std::string name = observed.snapshot.name;
    table[name] = std::move(observed);
    return absl::OkStatus();
  };
  constexpr int kAttempts = 3;
  absl::Status listed;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    table.clear();
    listed =
        client_.List(ContextFor(timeouts_.list), kNodeType, {}, sink).status();
    // A page that has expired: the list starts again.
    if (!absl::IsOutOfRange(listed)) break;
    answered_ = true;
  }
  EVROC_RETURN_IF_ERROR(listed);
  answered_ = true;
  table_ = std::move(table);
  return absl::OkStatus();
}

const ObservedNode* WorkloadNodes::Find(const std::string& name) const {
  const auto found = table_.find(name);
  return found == table_.end() ? nullptr : &found->second;
}

NodePlan WorkloadNodes::PlanFor(const DesiredNode& desired,
                                const ObservedNode& node) const {
  NodePlan plan = PlanNode(desired, node);
  if (no_status_) plan.status_patch.reset();
  return plan;
}

absl::StatusOr<NodeState> WorkloadNodes::Complete(const DesiredNode& desired,
                                                  const std::string& name) {
  absl::Status status_error;  // addresses that are refused hold up nothing else
  for (int round = 0; round < kMaxRounds; ++round) {
    const ObservedNode* node = Find(name);
    if (node == nullptr) return NodeNotFound(desired.vm_id);
    NodePlan plan = PlanFor(desired, *node);
    if (!plan.conflict.empty()) {
      return NodeState{NodeState::Phase::kFailed, kNodeProviderIdConflict,
                       plan.conflict};
    }
    if (!status_error.ok()) plan.status_patch.reset();
    if (plan.nothing_to_do()) {
      return status_error.ok() ? NodeInitialized(name)
                               : NodePatchRefused(name, status_error);
    }
    const absl::Status written = Write(name, plan);
    if (written.ok()) continue;
    if (!ConcernsOneNode(written)) return written;
    if (!plan.status_patch) return NodePatchRefused(name, written);
    status_error = written;
  }
  return NodePatchRefused(
      name, absl::AbortedError("another client changes it all the time"));
}

absl::Status WorkloadNodes::Write(const std::string& name,
                                  const NodePlan& plan) {
  const bool is_status = plan.status_patch.has_value();
  absl::Status patched =
      Patch(name, is_status ? "status" : "",
            is_status ? *plan.status_patch : *plan.node_patch);
  if (absl::IsAborted(patched)) return Get(name);
  if (!IsMissing(patched)) return patched;
  if (is_status) return AfterMissingStatus(name);
  table_.erase(name);
  return absl::OkStatus();
}

absl::Status WorkloadNodes::AfterMissingStatus(const std::string& name) {
  EVROC_RETURN_IF_ERROR(Get(name));
  no_status_ = Find(name) != nullptr;
  return absl::OkStatus();
}

absl::Status WorkloadNodes::Patch(const std::string& name,
                                  absl::string_view subresource,
                                  const Json& patch) {
  EVROC_ASSIGN_OR_RETURN(const Json node,
                         client_.Patch(ContextFor(timeouts_.call), kNodeType,
                                       {"", name}, subresource, patch));
  table_[name] = ReadNode(node);
  return absl::OkStatus();
}

}  // namespace evroc::shim
