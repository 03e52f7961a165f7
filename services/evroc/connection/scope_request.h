// The target and credential of a request (CloudScope of the gRPC API). A value.

#ifndef SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_
#define SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_

#include <string>

#include "services/evroc/connection/target.h"

namespace evroc::cloud {

struct ScopeRequest {
  // Exactly one is set.
  std::string credential_content;  // secret
  std::string credential_name;
  TargetSpec spec;
  std::string tenant;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_
