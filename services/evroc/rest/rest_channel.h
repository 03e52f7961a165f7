// The connection to the REST API of one project and region.

#ifndef SERVICES_EVROC_REST_REST_CHANNEL_H_
#define SERVICES_EVROC_REST_REST_CHANNEL_H_

#include <string>

#include "common/http/http_client.h"
#include "services/evroc/codec/reference.h"

namespace evroc::cloud {

struct RestChannel {
  HttpClient& http;      // authorizes, limits, retries
  std::string base_url;  // "https://api.evroc.com"
  RestScope scope;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_CHANNEL_H_
