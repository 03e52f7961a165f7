// Elects one of several shims as the leader, by a Lease.
//
// As in client-go, another shim's lease is valid while our own clock has seen
// it change within its duration, so clocks may differ. A leader that has not
// renewed for the renew deadline, which is shorter, has lost the lease,
// whatever the server does. It needs a KubeClient of its own: a rate limit
// shared with other calls would delay the renewal.
//
// Thread-safe; Start makes one thread, which the destructor joins.

#ifndef SHIM_KUBE_LEADER_ELECTION_H_
#define SHIM_KUBE_LEADER_ELECTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

struct LeaderElectionOptions {
  ObjectKey lease;
  std::string identity;  // unique among all candidates
  absl::Duration lease_duration = absl::Seconds(15);
  absl::Duration renew_deadline = absl::Seconds(10);
  absl::Duration retry_period = absl::Seconds(2);
};

class LeaderElection {
 public:
  struct Callbacks {
    // Called when leading starts. Must return soon: the lease is not renewed
    // meanwhile.
    std::function<void()> on_started;
    // Called when leading ends; all writes must have stopped when it returns.
    // Called once, only after on_started, also when the election is cancelled.
    std::function<void()> on_stopped;
  };

  // `client` and `clock` must outlive the election.
  LeaderElection(KubeClient& client, LeaderElectionOptions options,
                 Callbacks callbacks, Clock& clock);
  // As Stop.
  ~LeaderElection();

  // Starts the thread, which runs until the lease is lost for good, or `cancel`
  // is cancelled. At most once.
  void Start(const std::stop_token& cancel);
  // Steps down, releases the lease and joins the thread. Safe to repeat, by one
  // thread at a time.
  void Stop();

  // False from the renew deadline on, even before on_stopped is called. Check
  // it before each write.
  bool is_leader() const;

 private:
  void Run();
  // Tries until the lease is held; false if cancelled first.
  bool Acquire();
  // Renews until the lease is lost or the election cancelled.
  void Hold();
  void Release();
  // Makes one attempt to take or renew the lease. OK if held,
  // FAILED_PRECONDITION if another holds it.
  absl::Status TryOnce(absl::Time deadline);
  absl::Status Write(const CallContext& context, absl::Time now,
                     const std::optional<Json>& current);
  // Stores the lease as read or written, and when its spec was first seen.
  void Observe(Json lease, absl::Time now);
  absl::Time LostAt() const;

  KubeClient& client_;
  const LeaderElectionOptions options_;
  const Callbacks callbacks_;
  Clock& clock_;
  std::stop_source stop_;

  // Used by the thread only: the lease as last seen, and since when it is so.
  std::optional<Json> lease_;
  absl::Time seen_at_ = absl::InfinitePast();

  mutable absl::Mutex mutex_;
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time renewed_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();

  std::unique_ptr<std::stop_callback<std::function<void()>>> on_cancel_;
  std::thread thread_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_LEADER_ELECTION_H_
