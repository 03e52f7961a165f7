// Addresses of an Evroc Cloud. A value; each may be empty.

#ifndef SERVICES_EVROC_CONNECTION_ENDPOINTS_H_
#define SERVICES_EVROC_CONNECTION_ENDPOINTS_H_

#include <string>

namespace evroc::cloud {

struct Endpoints {
  std::string api_base_url;
  std::string issuer_url;
  std::string client_id;
  friend bool operator==(const Endpoints&, const Endpoints&) = default;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_ENDPOINTS_H_
