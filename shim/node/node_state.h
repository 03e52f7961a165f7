// The state of one machine's Node, with its reasons and messages. Values and
// pure functions; the messages hold no times.

#ifndef SHIM_NODE_NODE_STATE_H_
#define SHIM_NODE_NODE_STATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// What the condition NodeInitialized, or NodeLinked of a Node that is only
// read, says: True only if kInitialized.
struct NodeState {
  enum class Phase {
    kPending,      // comes by itself: no Node yet, workload cluster not up, …
    kInitialized,  // the Node has all that is desired, or the provider ID
    kFailed,       // a person has to act; the Node is still looked at again
  };
  Phase phase = Phase::kPending;
  std::string reason;   // CamelCase, one of kNode… below; never empty
  std::string message;  // for people; the same text for the same state
  // Of a Node that is only read, once it is the machine's for certain.
  std::string provider_id;
  // Of a Node that was seen to be complete: its name.
  std::string node_name;
  friend bool operator==(const NodeState&, const NodeState&) = default;
};

// Reasons. kPending:
inline constexpr char kNodeNotLookedAt[] = "WaitingForWorkloadCluster";
inline constexpr char kNodeNoKubeconfig[] = "WaitingForKubeconfig";
inline constexpr char kNodeUnreachable[] = "WorkloadClusterUnreachable";
inline constexpr char kNodeNotFound[] = "WaitingForNode";
inline constexpr char kNodeWithoutProviderId[] = "WaitingForNodeProviderID";
inline constexpr char kNodeWithoutAddress[] = "WaitingForNodeAddress";
// kInitialized:
inline constexpr char kNodeInitialized[] = "NodeInitialized";
inline constexpr char kNodeLinked[] = "NodeLinked";
// kFailed:
inline constexpr char kNodeBadKubeconfig[] = "KubeconfigInvalid";
inline constexpr char kNodeAccessRefused[] = "WorkloadClusterAccessRefused";
inline constexpr char kNodeProviderIdConflict[] = "ProviderIDConflict";
inline constexpr char kNodeAmbiguous[] = "NodeAmbiguous";
inline constexpr char kNodeOfAnother[] = "NodeOfAnotherMachine";
inline constexpr char kNodePatchRefused[] = "NodePatchRefused";

// Of a machine that is not looked at yet.
NodeState NodeNotLookedAt();

// Of a machine whose VM has no Node in a workload cluster that answers. `note`
// says of one that could be taken for it why it is not; may be empty.
NodeState NodeNotFound(const std::string& vm_id, const std::string& note = "");

// Of a machine whose Node, called `name`, is complete.
NodeState NodeInitialized(const std::string& name);

// Of a machine whose Node, called `name`, is only read and has the machine's
// provider ID.
NodeState NodeLinked(const std::string& name, const std::string& provider_id);

// Of a machine whose Node, called `name`, has no provider ID from anybody yet.
NodeState NodeWithoutProviderId(const std::string& name);

// Of a machine whose Node, called `name`, has no address that would prove that
// it is the machine's.
NodeState NodeWithoutAddress(const std::string& name);

// Of a machine whose Node `name` the workload cluster does not let be changed.
NodeState NodePatchRefused(const std::string& name, const absl::Status& error);

// Of all machines of `cluster` after an error of WorkloadAccess::Open.
NodeState StateWithoutAccess(const absl::Status& error,
                             const ObjectKey& cluster);

// Of all machines of a cluster after an error of its API: kNodeUnreachable if
// it gave no answer.
NodeState StateAfterRefusal(const absl::Status& error);

// Whether a state is the fault of its own Node, not of the whole cluster.
bool IsFaultOfNode(const NodeState& state);

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_STATE_H_
