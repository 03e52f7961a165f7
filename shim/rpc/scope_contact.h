// Tracks whether the cloud behind a scope can be reached: as the two services
// report it, and by the state of their Watches. A value without a thread; not
// thread-safe.

#ifndef SHIM_RPC_SCOPE_CONTACT_H_
#define SHIM_RPC_SCOPE_CONTACT_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// What is known of it.
struct CloudContact {
  // The time of the last answer of a cloud, or a service, that does not answer;
  // the infinite future while both do.
  absl::Time failing_since = absl::InfiniteFuture();
  // From when on clusters need to know.
  absl::Time stale_at = absl::InfiniteFuture();
  std::string message;  // of the first failure
  // Not OK while the cloud refuses the credential some reads, or all.
  absl::Status refusal;
};

class ScopeContact {
 public:
  // Clusters need to know of a cloud that has not answered for that time, and
  // some of it, up to half a minute, after the first attempt that failed: the
  // services may not have asked before.
  explicit ScopeContact(absl::Duration stale_after)
      : stale_after_(stale_after) {}

  // Of each service: what it reports, that its stream ended by itself, and that
  // it has caught up.
  // `since`: the report's time, by the clock of `now`.
  void Report(size_t service, const common::v1::CloudContact& report,
              absl::Time since, absl::Time now);
  void Lost(size_t service, const absl::Status& status, bool refused,
            absl::Time now);
  void Synced(size_t service);

  CloudContact current() const;

  // Whether clusters need to know of a change since the last call.
  bool TakeChange(absl::Time now);
  // When they will, if nothing changes before.
  absl::Time due() const;

 private:
  bool IsStale(absl::Time now) const;

  // Of one service: what it says of the cloud, and why its stream ended.
  struct Side {
    CloudContact reported;
    CloudContact lost;
  };

  const absl::Duration stale_after_;
  std::array<Side, 2> sides_;
  bool told_stale_ = false;
  bool told_refused_ = false;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_SCOPE_CONTACT_H_
