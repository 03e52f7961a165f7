// Holds what the services last reported of our clusters: each machine's VM, and
// of networks and public IPs only an etag, which tells whether a report is new.
//
// The view keeps nothing of a cluster before Keep names it. Clusters and
// machines are named by their ownership ids.
//
// Watch events come in order, so each replaces what is known. The answer to a
// call replaces it as well, unless a Watch event about the same resource came
// during the call: the answer may be older then and is ignored. Nothing is lost
// by that, since a difference in an answer comes as an event too. Callers
// therefore take Now() before a call and pass it on with the answer. The event
// that repeats an answer is no change.
//
// Thread-safe.

#ifndef SHIM_RPC_CLOUD_VIEW_H_
#define SHIM_RPC_CLOUD_VIEW_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/rpc/cloud_conditions.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

class CloudView {
 public:
  // A place in the order of reports.
  using Sequence = uint64_t;

  // The current place; taken before a call, and passed with its answer.
  Sequence Now() const;

  // Returns the machine's VM, or nothing if no report says that it exists.
  std::optional<MachineSnapshot> Machine(const std::string& cluster_id,
                                         const std::string& machine_id) const;
  // Returns the VMs of all machines of a cluster, by machine id.
  std::map<std::string, MachineSnapshot> Machines(
      const std::string& cluster_id) const;
  // Whether the machine is known to have a public IP of its own.
  bool HasPublicIp(const std::string& cluster_id,
                   const std::string& machine_id) const;

  // Takes in the answer to a call that began at `sequence`.
  void Answered(Sequence sequence, const network::v1::ClusterNetwork& network);
  void Answered(Sequence sequence, const compute::v1::VirtualMachine& machine);
  void Answered(Sequence sequence, const network::v1::PublicIp& address);

  // --- For CloudWatcher.

  // Start and stop keeping reports of this cluster.
  void Keep(const std::string& cluster_id);
  void Forget(const std::string& cluster_id);

  // Takes in a Watch event. Returns whether anything has changed by it.
  bool Changed(const network::v1::ClusterNetwork& network);
  bool Changed(const compute::v1::VirtualMachine& machine);
  bool Changed(const network::v1::PublicIp& address);
  bool Deleted(const network::v1::ClusterNetwork& network);
  bool Deleted(const compute::v1::VirtualMachine& machine);
  bool Deleted(const network::v1::PublicIp& address);

  // Ends a snapshot that began at `sequence`: resources that no report has
  // named since are gone. Returns the ids of the machines concerned, "" for the
  // network.
  std::vector<std::string> ForgetNetworksBefore(Sequence sequence,
                                                const std::string& cluster_id);
  std::vector<std::string> ForgetMachinesBefore(Sequence sequence,
                                                const std::string& cluster_id);

 private:
  // The etag of a network or a public IP, which tells one content from another.
  using Etag = std::string;

  // The last report of one resource, and its place in the order.
  template <typename Content>
  struct Observation {
    Content content;
    Sequence observed = 0;
    Sequence watched = 0;  // by a Watch event
  };
  template <typename Content>
  struct Observations {
    // By machine id; a cluster's network is under "".
    std::map<std::string, Observation<Content>> by_id;
    Sequence deleted = 0;  // of the last Watch event that deleted one
  };
  struct Cluster {
    Observations<Etag> networks;
    Observations<MachineSnapshot> machines;
    Observations<Etag> addresses;
  };

  template <typename Content>
  void Answer(Sequence sequence, const common::v1::Owner& owner,
              Content content, Observations<Content> Cluster::*kind);
  template <typename Content>
  bool Change(const common::v1::Owner& owner, Content content,
              Observations<Content> Cluster::*kind);
  template <typename Content>
  bool Delete(const common::v1::Owner& owner,
              Observations<Content> Cluster::*kind);
  template <typename Content>
  static void DropBefore(Sequence sequence, Observations<Content>& observations,
                         std::vector<std::string>& dropped);
  Cluster* KeptLocked(const std::string& cluster_id)
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  MachineSnapshot Pooled(MachineSnapshot machine)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static Etag Pooled(Etag etag) { return etag; }

  mutable absl::Mutex mutex_;
  Sequence now_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Cluster>> clusters_
      ABSL_GUARDED_BY(mutex_);
  ConditionPool pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_VIEW_H_
