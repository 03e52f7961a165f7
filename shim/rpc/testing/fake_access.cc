#include "shim/rpc/testing/fake_access.h"

#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

std::string Which(const common::v1::Credentials& credentials) {
  return credentials.has_name() ? credentials.name() : credentials.content();
}

}  // namespace

void FakeAccess::Refuse(const std::string& credentials,
                        const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  refused_[credentials] = error;
}

void FakeAccess::Accept(const std::string& credentials) {
  absl::MutexLock lock(&mutex_);
  refused_.erase(credentials);
}

absl::Status FakeAccess::Check(const CallContext& context,
                               const common::v1::CloudScope& scope) const {
  if (context.cancel.stop_requested()) {
    return absl::CancelledError("the caller cancelled");
  }
  const std::string which = Which(scope.credentials());
  if (which.empty()) {
    return InvalidField("scope.credentials", "is required");
  }
  absl::MutexLock lock(&mutex_);
  const auto refused = refused_.find(which);
  return refused == refused_.end() ? absl::OkStatus() : refused->second;
}

}  // namespace evroc::shim
