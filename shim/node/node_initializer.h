// Gives the Nodes of workload clusters what a cloud controller manager would:
// provider ID, labels, addresses, and freedom from the uninitialized taint.
//
// The caller says what it wants for each machine, and hears by a callback
// (which the implementation is made with) that a machine's state has changed.
// WorkloadNodeInitializer is the real one, FakeNodeInitializer the one for
// tests. Thread-safe, and no method ever blocks on a cluster.

#ifndef SHIM_NODE_NODE_INITIALIZER_H_
#define SHIM_NODE_NODE_INITIALIZER_H_

#include <string>
#include <vector>

#include "shim/kube/resource.h"

namespace evroc::shim {

// An entry of Node.status.addresses.
struct NodeAddress {
  std::string type;     // "InternalIP", "ExternalIP", "Hostname", …
  std::string address;  // as text
  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

// What the Node of one machine shall have. Empty members are left alone.
struct DesiredNode {
  std::string provider_id;    // "evroc://<VM uid>"; required
  std::string vm_id;          // the VM's id, which is its host name; required
  std::string instance_type;  // the compute profile
  std::string region;
  std::string zone;
  // As in EvrocMachine.status.addresses, the same order. Those of type
  // InternalIP are also how a Node of another name is found.
  std::vector<NodeAddress> addresses;
  friend bool operator==(const DesiredNode&, const DesiredNode&) = default;
};

// What the condition NodeInitialized says: True only if kInitialized.
struct NodeState {
  enum class Phase {
    kPending,      // comes by itself: no Node yet, workload cluster not up, …
    kInitialized,  // the Node has all that is desired
    kFailed,       // needs somebody, yet is looked at again all the same
  };
  Phase phase = Phase::kPending;
  std::string reason;   // CamelCase, one of kNode… below; never empty
  std::string message;  // for people; the same text for the same state
  friend bool operator==(const NodeState&, const NodeState&) = default;
};

// Reasons. kPending:
inline constexpr char kNodeNotLookedAt[] = "WaitingForWorkloadCluster";
inline constexpr char kNodeNoKubeconfig[] = "WaitingForKubeconfig";
inline constexpr char kNodeUnreachable[] = "WorkloadClusterUnreachable";
inline constexpr char kNodeNotFound[] = "WaitingForNode";
// kInitialized:
inline constexpr char kNodeInitialized[] = "NodeInitialized";
// kFailed:
inline constexpr char kNodeBadKubeconfig[] = "KubeconfigInvalid";
inline constexpr char kNodeAccessRefused[] = "WorkloadClusterAccessRefused";
inline constexpr char kNodeProviderIdConflict[] = "ProviderIDConflict";
inline constexpr char kNodeAmbiguous[] = "NodeAmbiguous";
inline constexpr char kNodePatchRefused[] = "NodePatchRefused";

class NodeInitializer {
 public:
  virtual ~NodeInitializer() = default;

  // Wants `machine`'s Node, in the workload cluster of the Cluster `cluster`,
  // to be as `desired` says. Safe to repeat: the same desired Node again
  // changes nothing, also once it is initialised; another desired Node takes
  // the place of the former.
  virtual void Want(const ObjectKey& cluster, const ObjectKey& machine,
                    const DesiredNode& desired) = 0;

  // Lets go of a machine: it is deleted, or its state is recorded. Whoever
  // wants an initialised Node looked at once more forgets first and wants
  // again. Nothing happens if it is not wanted. The Node is left as it is.
  virtual void Forget(const ObjectKey& machine) = 0;

  // How far `machine` is; kPending for one that is not wanted.
  virtual NodeState StateOf(const ObjectKey& machine) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_INITIALIZER_H_
