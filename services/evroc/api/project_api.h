// What the cloud says of the project itself. RestProjectApi is the real one,
// FakeProjectApi the one for tests; both are thread-safe.

#ifndef SERVICES_EVROC_API_PROJECT_API_H_
#define SERVICES_EVROC_API_PROJECT_API_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"

namespace evroc::cloud {

class ProjectApi {
 public:
  virtual ~ProjectApi() = default;

  // The project's own UID, which another project of the same name does not
  // have. Empty if the credential is not shown it. Other errors are the
  // cloud's.
  virtual absl::StatusOr<std::string> Uid(const CallContext& context) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_PROJECT_API_H_
