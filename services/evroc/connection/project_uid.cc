#include "services/evroc/connection/project_uid.h"

#include <algorithm>

#include "common/status/status_macros.h"

namespace evroc::cloud {
namespace {

// A project is not deleted and made again within this time.
constexpr absl::Duration kShort = absl::Seconds(5);

}  // namespace

absl::StatusOr<std::string> ProjectUid::Get(const CallContext& context,
                                            absl::Time now,
                                            absl::Duration max_age) {
  if (api_ == nullptr) return std::string();
  {
    const absl::MutexLock lock(&mutex_);
    const absl::Duration age = now - read_;
    if (age < (changed_ ? std::min(kShort, max_age) : max_age)) return uid_;
    // What changes while the cloud is asked may be seen too late.
    changed_ = false;
  }
  absl::StatusOr<std::string> uid = api_->Uid(context);
  const absl::MutexLock lock(&mutex_);
  if (!uid.ok()) {
    changed_ = true;
    // An answer that is not old yet counts while there is no other.
    if (now - read_ < max_age) return uid_;
    return uid;
  }
  uid_ = *uid;
  read_ = now;
  return uid;
}

std::string ProjectUid::known() const {
  const absl::MutexLock lock(&mutex_);
  return uid_;
}

void ProjectUid::OnChange() {
  const absl::MutexLock lock(&mutex_);
  changed_ = true;
}

}  // namespace evroc::cloud
