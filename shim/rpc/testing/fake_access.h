// Checks the calls of a fake service: incomplete scopes, refused credentials
// and cancelled calls fail. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_ACCESS_H_
#define SHIM_RPC_TESTING_FAKE_ACCESS_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

class FakeAccess {
 public:
  // Makes calls with these credentials fail with `error` until Accept.
  // `credentials` is their content, or their name.
  void Refuse(const std::string& credentials,
              const absl::Status& error = absl::UnauthenticatedError(
                  "the cloud refuses the credentials"));
  void Accept(const std::string& credentials);

  // For the fake clients: OK, or the error of the call.
  absl::Status Check(const CallContext& context,
                     const common::v1::CloudScope& scope) const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, absl::Status> refused_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_ACCESS_H_
