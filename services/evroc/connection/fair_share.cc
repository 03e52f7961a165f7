#include "services/evroc/connection/fair_share.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/error_details.h"

namespace evroc::cloud {
namespace {

constexpr int kPartOfFree = 8;
constexpr absl::Duration kRetryAfter = absl::Seconds(5);

}  // namespace

absl::StatusOr<FairShare::Place> FairShare::Take(const std::string& tenant) {
  const absl::MutexLock lock(&mutex_);
  const auto found = held_.find(tenant);
  const int held = found == held_.end() ? 0 : found->second;
  if (kPartOfFree * held >= places_ - taken_) {
    return MakeError(
        absl::StatusCode::kResourceExhausted,
        absl::StrCat("the tenant has ", held, " ", what_,
                     ", which is its share"),
        {.reason = std::string(kThrottled), .retry_after = kRetryAfter});
  }
  ++taken_;
  ++held_[tenant];
  return absl::StatusOr<Place>(absl::in_place, *this, tenant);
}

int FairShare::Held(const std::string& tenant) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = held_.find(tenant);
  return found == held_.end() ? 0 : found->second;
}

void FairShare::Return(const std::string& tenant) {
  const absl::MutexLock lock(&mutex_);
  --taken_;
  const auto held = held_.find(tenant);
  if (--held->second == 0) held_.erase(held);
}

}  // namespace evroc::cloud
