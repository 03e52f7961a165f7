// The cloud's APIs for one credential, project and region, ready to be called.
// A value; the objects that it points to are thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CONNECTION_H_
#define SERVICES_EVROC_CONNECTION_CONNECTION_H_

#include <memory>
#include <string>

#include "services/evroc/api/compute_api.h"
#include "services/evroc/api/network_api.h"
#include "services/evroc/connection/project_uid.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

struct Connection {
  Dialect dialect = Dialect::kRest;
  std::string organization;  // as the credential says, may be empty
  std::string project;
  std::string region;
  std::string endpoint;   // of the API, without user info and query
  std::string principal;  // PrincipalOf the credential
  // The base of the APIs; destroyed after them.
  std::shared_ptr<void> transport;
  std::unique_ptr<NetworkApi> network;
  std::unique_ptr<ComputeApi> compute;
  // Of a project whose UID is never shown unless another one is set.
  std::unique_ptr<ProjectUid> project_uid =
      std::make_unique<ProjectUid>(nullptr);
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CONNECTION_H_
