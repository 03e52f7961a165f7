// A project and region of the cloud as one credential sees it: the APIs, ready
// to be called. A value; what it points to is thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CONNECTION_H_
#define SERVICES_EVROC_CONNECTION_CONNECTION_H_

#include <memory>
#include <string>

#include "services/evroc/api/compute_api.h"
#include "services/evroc/api/network_api.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

struct Connection {
  Dialect dialect = Dialect::kRest;
  std::string project;
  std::string region;
  // What the APIs stand on; destroyed after them.
  std::shared_ptr<void> transport;
  std::unique_ptr<NetworkApi> network;
  std::unique_ptr<ComputeApi> compute;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CONNECTION_H_
