// Divides a number of places, such as that of calls at once, among tenants:
// each may take one more while it has less than an eighth of those that are
// free. So one alone gets a ninth of all, and twenty that give none back leave
// a tenth to the next (ADR 26). Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_FAIR_SHARE_H_
#define SERVICES_EVROC_CONNECTION_FAIR_SHARE_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace evroc::cloud {

class FairShare {
 public:
  // `what` names the places in errors: "calls at once".
  FairShare(int places, absl::string_view what)
      : places_(places), what_(what) {}

  // A place that was taken, given back at the end.
  class Place {
   public:
    Place(FairShare& share, std::string tenant)
        : share_(&share), tenant_(std::move(tenant)) {}
    Place(Place&& other) noexcept
        : share_(std::exchange(other.share_, nullptr)),
          tenant_(std::move(other.tenant_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (share_ != nullptr) share_->Return(tenant_);
    }

    const std::string& tenant() const { return tenant_; }

   private:
    FairShare* share_;
    std::string tenant_;
  };

  // RESOURCE_EXHAUSTED with THROTTLED if the tenant has its share.
  absl::StatusOr<Place> Take(const std::string& tenant);

  // How many places the tenant has.
  int Held(const std::string& tenant) const;

 private:
  void Return(const std::string& tenant);

  const int places_;
  const std::string what_;
  mutable absl::Mutex mutex_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the tenants that have any.
  std::map<std::string, int> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_FAIR_SHARE_H_
