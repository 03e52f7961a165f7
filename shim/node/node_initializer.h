// Gives the Nodes of workload clusters what a cloud controller manager would:
// provider ID, labels, addresses, and freedom from the uninitialized taint. Or
// finds out which provider ID a Node has from somebody else.
//
// The caller says what it wants for each machine, and is notified by a callback
// (which the implementation is made with) that a machine's state has changed.
// DesiredNodes is the real one, FakeNodeInitializer the one for tests.
// Thread-safe, and no method ever blocks on a cluster.

#ifndef SHIM_NODE_NODE_INITIALIZER_H_
#define SHIM_NODE_NODE_INITIALIZER_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "shim/kube/resource.h"
#include "shim/node/node_state.h"

namespace evroc::shim {

// An entry of Node.status.addresses.
struct NodeAddress {
  std::string type;     // "InternalIP", "ExternalIP", "Hostname", …
  std::string address;  // as text
  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

// The desired state of the Node of one machine. Empty members are left alone.
struct DesiredNode {
  // The machine's; required, unless the Node is only read: empty then until the
  // Node has one.
  std::string provider_id;
  std::string vm_id;          // the VM's id, which is its host name; required
  std::string instance_type;  // the compute profile
  std::string region;
  std::string zone;
  // As in EvrocMachine.status.addresses, the same order. Those of type
  // InternalIP are also how a Node of another name is found.
  std::vector<NodeAddress> addresses;
  // When the machine was made: a Node that is older is not found by address.
  absl::Time machine_created = absl::InfinitePast();
  // Nothing is written to the Node; its state tells its provider ID.
  bool read_only = false;
  // "evroc://<VM uid>", of a Node that is only read; required for it. Other
  // provider IDs of this form are those of other VMs.
  std::string vm_provider_id;
  friend bool operator==(const DesiredNode&, const DesiredNode&) = default;
};

class NodeInitializer {
 public:
  virtual ~NodeInitializer() = default;

  // Wants `machine`'s Node, in the workload cluster of the Cluster `cluster`,
  // to be as `desired` says, now and whenever it registers again.
  // `initialized`: the Node was complete before, as the machine's condition
  // says; there is no hurry then. Safe to repeat: the same desired Node again
  // changes nothing; another desired Node takes the place of the former.
  virtual void Want(const ObjectKey& cluster, const ObjectKey& machine,
                    const DesiredNode& desired, bool initialized) = 0;

  // Of a wanted machine: whether core says that it, or its Node, is not ready
  // or healthy. Then the Node may be gone, or have registered again, and is
  // looked at as one that is awaited, until core says otherwise.
  virtual void Doubt(const ObjectKey& machine, bool in_doubt) = 0;

  // Withdraws what Want said of a machine, if anything. The Node is left as it
  // is.
  virtual void Forget(const ObjectKey& machine) = 0;

  // How far `machine` is; kPending for one that is not wanted. The message is
  // empty for one that was initialized before and is not looked at yet. A Node
  // that was complete and is gone is awaited again.
  virtual NodeState StateOf(const ObjectKey& machine) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_INITIALIZER_H_
