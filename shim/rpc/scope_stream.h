// Where one Watch of a scope stands: from which cursor it goes on, when it is
// to be opened again, and of which clusters it has told everything.
//
// A stream tells of all clusters in the project; what concerns clusters that
// nobody holds is dropped, and only their ids are remembered. Whoever joins
// after something of his was dropped needs a new snapshot: he is incomplete
// until that one is SYNCED. A cluster that was never heard of, a new one, is
// complete as it is.
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
  // Between attempts to open a stream that ended.
  BackoffOptions backoff = {.initial = absl::Milliseconds(200),
                            .max = absl::Seconds(10)};
  // The same where the cloud refuses the credentials.
  BackoffOptions refused = {.initial = absl::Minutes(1),
                            .max = absl::Minutes(5)};
  // How long clusters that need a new snapshot are gathered for.
  absl::Duration gather = absl::Milliseconds(200);
};

class ScopeStream {
 public:
  explicit ScopeStream(const StreamPolicy& policy) : policy_(policy) {}

  // A cluster is held from now on. `moved`: something of it is known that
  // another stream told.
  void Join(const std::string& cluster_id, bool moved, absl::Time now);
  // It is not any more.
  void Leave(const std::string& cluster_id);

  // Whether everything of this (held) cluster has been told.
  bool Synced(const std::string& cluster_id) const {
    return synced_ && !incomplete_.contains(cluster_id);
  }

  // When something is to be done: the stream opened, or closed and opened.
  absl::Time due() const;

  // It is being opened; returns the cursor to go on from.
  std::string Open(CloudView::Sequence sequence);
  // It ended by itself. Returns whether the credentials were refused.
  bool End(const absl::Status& status, absl::Time now);
  // How often in a row it ended before it was SYNCED.
  int failures() const { return failures_; }

  // --- What it tells.

  void Reset(CloudView::Sequence sequence) { BeginSnapshot(sequence); }
  // Something of a cluster that nobody holds.
  void Dropped(const std::string& cluster_id) { dropped_.insert(cluster_id); }
  void Cursor(const std::string& cursor);

  struct Sync {
    // Set at the end of a snapshot: when it began. What was not spoken of
    // since is gone, for all clusters that are Synced now.
    std::optional<CloudView::Sequence> snapshot_began;
    bool first = false;
    // Those that were incomplete and are not any more.
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
  // Whether the snapshot that is under way covers them.
  std::map<std::string, bool> incomplete_;
  absl::Time open_at_ = absl::InfinitePast();
  // When to take a new snapshot.
  absl::Time snapshot_at_ = absl::InfiniteFuture();
  int failures_ = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_SCOPE_STREAM_H_
