// Checks the calls of a fake service: incomplete scopes, refused credentials,
// cancelled calls and those that expect another cloud fail. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_ACCESS_H_
#define SHIM_RPC_TESTING_FAKE_ACCESS_H_

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// The scope of a call that is made whatever cloud is expected.
common::v1::CloudScope InAnyCloud(common::v1::CloudScope scope);

class FakeAccess {
 public:
  // Makes calls with these credentials fail with `error` until Accept.
  // `credentials` is their content, or their name.
  void Refuse(const std::string& credentials,
              const absl::Status& error = absl::UnauthenticatedError(
                  "the cloud refuses the credentials"));
  void Accept(const std::string& credentials);

  // The cloud that a scope leads to: that of its credentials if they were given
  // one, else that of one account in the scope's project, region and endpoint.
  void Lead(const std::string& credentials,
            const common::v1::CloudIdentity& identity);
  common::v1::CloudIdentity IdentityOf(
      const common::v1::CloudScope& scope) const;
  // Puts an object, known by its UID or its owner's cluster id, into a cloud.
  void Put(const common::v1::CloudIdentity& cloud, const std::string& uid);
  // Removes all that was put into clouds.
  void Empty();
  // What proves that the scope leads to the cloud that it expects.
  common::v1::CloudProof Prove(const common::v1::CloudScope& scope) const;

  // For the fake clients: OK, or the error of the call.
  absl::Status Check(const CallContext& context,
                     const common::v1::CloudScope& scope) const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, absl::Status> refused_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, common::v1::CloudIdentity> clouds_
      ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, std::string>> objects_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_ACCESS_H_
