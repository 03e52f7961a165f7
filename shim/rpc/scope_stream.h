// Tracks one Watch of a scope: the cursor at which it continues, the time at
// which it is opened again, and the clusters of which it has reported
// everything.
//
// A stream reports all clusters in the project. Events of clusters that nobody
// holds are dropped, and only the ids of these clusters are remembered. A
// cluster that joins after one of its events was dropped needs a new snapshot:
// it is incomplete until that snapshot is SYNCED. A new cluster, of which no
// event came, is complete from the start.
//
// A value without a thread; not thread-safe.

#ifndef SHIM_RPC_SCOPE_STREAM_H_
#define SHIM_RPC_SCOPE_STREAM_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/time/backoff.h"
#include "shim/rpc/cloud_view.h"

namespace evroc::shim {

struct StreamPolicy {
  // The delay between attempts to open a stream that ended.
  BackoffOptions backoff = {.initial = absl::Milliseconds(200),
                            .max = absl::Seconds(10)};
  // The same while the cloud refuses the credentials.
  BackoffOptions refused = {.initial = absl::Minutes(1),
                            .max = absl::Minutes(5)};
  // The time for which clusters that need a new snapshot are gathered.
  absl::Duration gather = absl::Milliseconds(200);
};

class ScopeStream {
 public:
  explicit ScopeStream(const StreamPolicy& policy) : policy_(policy) {}

  // Holds the cluster from now on. `moved`: another stream has reported
  // something of it.
  void Join(const std::string& cluster_id, bool moved, absl::Time now);
  // Ends what Join began.
  void Leave(const std::string& cluster_id);

  // Whether everything of this (held) cluster has been reported.
  bool Synced(const std::string& cluster_id) const {
    return synced_ && !incomplete_.contains(cluster_id);
  }

  // The time at which the stream is to be opened, or closed and opened again.
  absl::Time due() const;

  // Records that the stream is being opened. Returns the cursor to continue
  // from.
  std::string Open(CloudView::Sequence sequence);
  // Records that the stream ended by itself. Returns whether the credentials
  // were refused.
  bool End(const absl::Status& status, absl::Time now);
  // The number of times in a row that the stream ended before it was SYNCED.
  int failures() const { return failures_; }

  // --- Events of the stream.

  void Reset(CloudView::Sequence sequence) { BeginSnapshot(sequence); }
  // Records that an event of a cluster that nobody holds was dropped.
  void Dropped(const std::string& cluster_id) { dropped_.insert(cluster_id); }
  void Cursor(const std::string& cursor);

  struct Sync {
    // Set at the end of a snapshot: the place at which it began. Of all
    // clusters that are Synced now, resources that were not reported since are
    // gone.
    std::optional<CloudView::Sequence> snapshot_began;
    bool first = false;
    // The clusters that were incomplete until now.
    std::vector<std::string> completed;
  };
  Sync SetSynced();

 private:
  void BeginSnapshot(CloudView::Sequence sequence);

  const StreamPolicy policy_;
  std::string cursor_;
  bool open_ = false;
  bool synced_ = false;    // once, since the beginning
  bool snapshot_ = false;  // one is under way
  CloudView::Sequence snapshot_began_ = 0;
  absl::flat_hash_set<std::string> dropped_;
  // The incomplete clusters, and whether the current snapshot covers them.
  std::map<std::string, bool> incomplete_;
  absl::Time open_at_ = absl::InfinitePast();
  // The time at which to take a new snapshot.
  absl::Time snapshot_at_ = absl::InfiniteFuture();
  int failures_ = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_SCOPE_STREAM_H_
