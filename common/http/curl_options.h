// How a CurlHttpClient connects. A value.

#ifndef COMMON_HTTP_CURL_OPTIONS_H_
#define COMMON_HTTP_CURL_OPTIONS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace evroc {

class CurlLoop;

struct CurlOptions {
  std::string ca_certificates;     // PEM; empty: the system's
  std::string client_certificate;  // PEM; empty: none
  std::string client_key;          // PEM, goes with client_certificate
  bool insecure_skip_tls_verify = false;
  // Empty: HTTPS_PROXY, NO_PROXY and the like of the environment apply, but
  // never for loopback.
  std::string proxy_url;
  std::string tls_server_name;  // overrides the URL's host
  std::string user_agent = "cluster-api-provider-evroc";
  size_t max_body_bytes = size_t{64} << 20;  // of a body without a sink
  int max_connections_per_host = 16;         // 0: no limit
  absl::Duration connect_timeout = absl::Seconds(10);
  // After which connections without a request are closed.
  absl::Duration idle_time = absl::Minutes(1);
  // Clients with the same loop share its thread; null: one of its own.
  std::shared_ptr<CurlLoop> loop;
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_OPTIONS_H_
