// Sees to it that of several shims one works: whoever holds a Lease.
//
// As in client-go, another's lease counts as long as it was seen to change
// within its duration by our own clock, so that clocks may differ. A leader
// that could not renew for the renew deadline, which is shorter, has lost,
// whatever the server does. Give it a KubeClient of its own: behind a rate
// limit that it shares with other calls it would renew too late.
//
// One thread, which Start makes and the destructor joins. Thread-safe.

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
  std::string identity;  // unique among all who run for it
  absl::Duration lease_duration = absl::Seconds(15);
  absl::Duration renew_deadline = absl::Seconds(10);
  absl::Duration retry_period = absl::Seconds(2);
};

class LeaderElection {
 public:
  struct Callbacks {
    // Leads from now on. Must return soon: the lease is not renewed meanwhile.
    std::function<void()> on_started;
    // Leads no longer: whatever writes must have stopped when this returns.
    // Called once, only after on_started, also when the election is cancelled.
    std::function<void()> on_stopped;
  };

  // `client` and `clock` must outlive the election.
  LeaderElection(KubeClient& client, LeaderElectionOptions options,
                 Callbacks callbacks, Clock& clock);
  // Stops.
  ~LeaderElection();

  // Once. Runs until the lease is lost, for good, or `cancel` is cancelled.
  void Start(const std::stop_token& cancel);
  // Steps down, releases the lease, waits for the thread. Safe to repeat, by
  // one thread at a time.
  void Stop();

  // False from the renew deadline on, even if on_stopped is still to come: to
  // be asked before each write.
  bool is_leader() const;

 private:
  void Run();
  // False if cancelled first.
  bool Acquire();
  // Renews until the lease is lost or the election cancelled.
  void Hold();
  void Release();
  // One attempt to take or keep the lease. OK: we hold it.
  absl::Status TryOnce(absl::Time deadline);
  absl::Status Write(const CallContext& context, absl::Time now,
                     const std::optional<Json>& current);
  // Keeps what was read or written, and when it was first seen so.
  void Observe(Json lease, absl::Time now);
  absl::Time LostAt() const;

  KubeClient& client_;
  const LeaderElectionOptions options_;
  const Callbacks callbacks_;
  Clock& clock_;
  std::stop_source stop_;

  // The thread's: the lease as it was last seen, and since when.
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
