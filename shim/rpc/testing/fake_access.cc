#include "shim/rpc/testing/fake_access.h"

#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

std::string Which(const common::v1::Credentials& credentials) {
  return credentials.has_name() ? credentials.name() : credentials.content();
}

}  // namespace

common::v1::CloudScope InAnyCloud(common::v1::CloudScope scope) {
  scope.clear_expected();
  return scope;
}

void FakeAccess::Refuse(const std::string& credentials,
                        const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  refused_[credentials] = error;
}

void FakeAccess::Accept(const std::string& credentials) {
  absl::MutexLock lock(&mutex_);
  refused_.erase(credentials);
}

void FakeAccess::Lead(const std::string& credentials,
                      const common::v1::CloudIdentity& identity) {
  absl::MutexLock lock(&mutex_);
  clouds_[credentials] = identity;
}

common::v1::CloudIdentity FakeAccess::IdentityOf(
    const common::v1::CloudScope& scope) const {
  {
    absl::MutexLock lock(&mutex_);
    const auto led = clouds_.find(Which(scope.credentials()));
    if (led != clouds_.end()) return led->second;
  }
  common::v1::CloudIdentity identity;
  identity.set_project(scope.project());
  identity.set_region(scope.region());
  identity.set_endpoint(scope.endpoints().api_base_url().empty()
                            ? "https://cloud"
                            : scope.endpoints().api_base_url());
  identity.set_principal("account");
  return identity;
}

void FakeAccess::Put(const common::v1::CloudIdentity& cloud,
                     const std::string& uid) {
  absl::MutexLock lock(&mutex_);
  objects_.insert({PlaceName(cloud), uid});
}

void FakeAccess::Empty() {
  absl::MutexLock lock(&mutex_);
  objects_.clear();
}

common::v1::CloudProof FakeAccess::Prove(
    const common::v1::CloudScope& scope) const {
  if (!scope.has_expected()) return common::v1::CLOUD_PROOF_UNSPECIFIED;
  const common::v1::ExpectedCloud& expected = scope.expected();
  const common::v1::CloudIdentity seen = IdentityOf(scope);
  if (const auto proof = ProofOf(expected.identity(), seen);
      proof != common::v1::CLOUD_PROOF_NONE) {
    return proof;
  }
  const std::string place = PlaceName(seen);
  absl::MutexLock lock(&mutex_);
  bool found = objects_.contains({place, expected.cluster_id()});
  for (const common::v1::KnownObject& object : expected.objects()) {
    found = found || objects_.contains({place, object.uid()});
  }
  return found ? common::v1::CLOUD_PROOF_OBJECT : common::v1::CLOUD_PROOF_NONE;
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
  {
    absl::MutexLock lock(&mutex_);
    const auto refused = refused_.find(which);
    if (refused != refused_.end()) return refused->second;
  }
  return Prove(scope) == common::v1::CLOUD_PROOF_NONE
             ? OtherCloudError(scope.expected().identity(), IdentityOf(scope))
             : absl::OkStatus();
}

}  // namespace evroc::shim
