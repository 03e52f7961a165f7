// What a request says of where it goes and as whom (CloudScope of the gRPC
// API). A value.

#ifndef SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_
#define SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_

#include <string>

#include "services/evroc/connection/target.h"

namespace evroc::cloud {

struct ScopeRequest {
  // One of the two.
  std::string credential_content;  // secret
  std::string credential_name;
  TargetSpec spec;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_SCOPE_REQUEST_H_
