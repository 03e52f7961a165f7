// What the services last said of our clusters: the network of each, and VM and
// public IP of each machine. Nothing is kept of clusters that Keep has not
// named.
//
// Which of two sayings is newer: Watch events come in the order of what
// happened, so each replaces what is known. An answer of Apply or Get replaces
// it as well, unless a Watch event about the same thing came while the call
// was under way: then the answer may be the older one, and is left out. Nothing
// is lost by that, since whatever an answer says that differs comes as an event
// too. Callers take a Mark before they call, and hand it in with the answer.
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
#include "shim/rpc/cloud_facts.h"
#include "shim/rpc/condition_pool.h"

namespace evroc::shim {

class CloudView {
 public:
  // A place in the order of what was said.
  using Mark = uint64_t;

  // Where we are now: to be taken before a call whose answer is put in.
  Mark Now() const;

  // What is known; nothing if nobody has said that it is there.
  std::optional<MachineFacts> Machine(const std::string& cluster_id,
                                      const std::string& machine_id) const;
  // Whether the machine has a public IP of its own, as far as is known.
  bool HasPublicIp(const std::string& cluster_id,
                   const std::string& machine_id) const;

  // An answer to a call that began at `mark`.
  void Answered(Mark mark, const compute::v1::VirtualMachine& machine);
  void Answered(Mark mark, const network::v1::PublicIp& address);

  // --- For CloudWatcher.

  // Facts of this cluster are kept from now on; not any more.
  void Keep(const std::string& cluster_id);
  void Forget(const std::string& cluster_id);

  // A Watch event: it is so, or it is gone. Returns whether that is news.
  bool Changed(const network::v1::ClusterNetwork& network);
  bool Changed(const compute::v1::VirtualMachine& machine);
  bool Changed(const network::v1::PublicIp& address);
  bool Deleted(const network::v1::ClusterNetwork& network);
  bool Deleted(const compute::v1::VirtualMachine& machine);
  bool Deleted(const network::v1::PublicIp& address);

  // A snapshot that began at `mark` is complete: what nobody has spoken of
  // since is gone. Returns the machines concerned, "" for the network.
  std::vector<std::string> ForgetNetworksBefore(Mark mark,
                                                const std::string& cluster_id);
  std::vector<std::string> ForgetMachinesBefore(Mark mark,
                                                const std::string& cluster_id);

 private:
  // What is known of one thing, and when it was last spoken of.
  template <typename Facts>
  struct Saying {
    Facts facts;
    Mark said = 0;
    Mark watched = 0;  // by a Watch
  };
  template <typename Facts>
  struct Sayings {
    // By machine id; a cluster's network is under "".
    std::map<std::string, Saying<Facts>> by_id;
    Mark deleted = 0;  // when a Watch last said of one that it is gone
  };
  struct Cluster {
    Sayings<NetworkFacts> networks;
    Sayings<MachineFacts> machines;
    Sayings<PublicIpFacts> addresses;
  };

  template <typename Facts>
  void Answer(Mark mark, const common::v1::Owner& owner, Facts facts,
              Sayings<Facts> Cluster::*kind);
  template <typename Facts>
  bool Change(const common::v1::Owner& owner, Facts facts,
              Sayings<Facts> Cluster::*kind);
  template <typename Facts>
  bool Delete(const common::v1::Owner& owner, Sayings<Facts> Cluster::*kind);
  template <typename Facts>
  static void DropBefore(Mark mark, Sayings<Facts>& sayings,
                         std::vector<std::string>& dropped);
  Cluster* KeptLocked(const std::string& cluster_id)
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Mark now_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Cluster>> clusters_
      ABSL_GUARDED_BY(mutex_);
  ConditionPool pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_VIEW_H_
