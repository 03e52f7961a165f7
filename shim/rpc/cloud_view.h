// What the services last observed of our clusters: the network of each, and VM
// and public IP of each machine. Nothing is kept of clusters that Keep has not
// named.
//
// Which of two observations is newer: Watch events come in the order of what
// happened, so each replaces what is known. An answer of Apply or Get replaces
// it as well, unless a Watch event about the same thing came while the call
// was under way: then the answer may be the older one, and is left out. Nothing
// is lost by that, since whatever an answer says that differs comes as an event
// too. Callers take a Sequence before they call, and hand it in with the
// answer.
//
// Thread-safe. Clusters and machines are named by their ownership ids.

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
#include "shim/rpc/cloud_snapshot.h"
#include "shim/rpc/condition_pool.h"

namespace evroc::shim {

class CloudView {
 public:
  // A place in the order of observations.
  using Sequence = uint64_t;

  // Where we are now: to be taken before a call whose answer is put in.
  Sequence Now() const;

  // What is known; nothing if nobody has observed that it is there.
  std::optional<MachineSnapshot> Machine(const std::string& cluster_id,
                                         const std::string& machine_id) const;
  // Whether the machine has a public IP of its own, as far as is known.
  bool HasPublicIp(const std::string& cluster_id,
                   const std::string& machine_id) const;

  // An answer to a call that began at `sequence`.
  void Answered(Sequence sequence, const compute::v1::VirtualMachine& machine);
  void Answered(Sequence sequence, const network::v1::PublicIp& address);

  // --- For CloudWatcher.

  // What is observed of this cluster is kept from now on; not any more.
  void Keep(const std::string& cluster_id);
  void Forget(const std::string& cluster_id);

  // A Watch event: it is so, or it is gone. Returns whether that is news.
  bool Changed(const network::v1::ClusterNetwork& network);
  bool Changed(const compute::v1::VirtualMachine& machine);
  bool Changed(const network::v1::PublicIp& address);
  bool Deleted(const network::v1::ClusterNetwork& network);
  bool Deleted(const compute::v1::VirtualMachine& machine);
  bool Deleted(const network::v1::PublicIp& address);

  // A snapshot that began at `sequence` is complete: what nobody has spoken of
  // since is gone. Returns the machines concerned, "" for the network.
  std::vector<std::string> ForgetNetworksBefore(Sequence sequence,
                                                const std::string& cluster_id);
  std::vector<std::string> ForgetMachinesBefore(Sequence sequence,
                                                const std::string& cluster_id);

 private:
  // What is known of one thing, and when it was last spoken of.
  template <typename Snapshot>
  struct Observation {
    Snapshot snapshot;
    Sequence observed = 0;
    Sequence watched = 0;  // by a Watch
  };
  template <typename Snapshot>
  struct Observations {
    // By machine id; a cluster's network is under "".
    std::map<std::string, Observation<Snapshot>> by_id;
    Sequence deleted = 0;  // when a Watch last observed of one that it is gone
  };
  struct Cluster {
    Observations<NetworkSnapshot> networks;
    Observations<MachineSnapshot> machines;
    Observations<PublicIpSnapshot> addresses;
  };

  template <typename Snapshot>
  void Answer(Sequence sequence, const common::v1::Owner& owner,
              Snapshot snapshot, Observations<Snapshot> Cluster::*kind);
  template <typename Snapshot>
  bool Change(const common::v1::Owner& owner, Snapshot snapshot,
              Observations<Snapshot> Cluster::*kind);
  template <typename Snapshot>
  bool Delete(const common::v1::Owner& owner,
              Observations<Snapshot> Cluster::*kind);
  template <typename Snapshot>
  static void DropBefore(Sequence sequence,
                         Observations<Snapshot>& observations,
                         std::vector<std::string>& dropped);
  Cluster* KeptLocked(const std::string& cluster_id)
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Sequence now_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Cluster>> clusters_
      ABSL_GUARDED_BY(mutex_);
  ConditionPool pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_VIEW_H_
