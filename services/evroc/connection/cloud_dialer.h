// Creates connections to the cloud. Credentials that connect in the same way
// share their HTTP connections, scopes with the same credential its tokens and
// rate limit. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_
#define SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/http/curl_http_client.h"
#include "common/time/clock.h"
#include "services/evroc/connection/cloud_transport.h"
#include "services/evroc/connection/connection.h"
#include "services/evroc/connection/target.h"
#include "services/evroc/http/cloud_metrics.h"

namespace evroc::cloud {

class CloudDialer {
 public:
  // `metrics` and `clock` must outlive the dialer and all that it creates.
  CloudDialer(const TransportOptions& options, CloudMetrics& metrics,
              Clock& clock)
      : options_(options), metrics_(metrics), clock_(clock) {}

  // Makes no call yet. `credential_key` identifies the credential and
  // endpoints.
  std::shared_ptr<Connection> Dial(const std::string& credential_key,
                                   const Target& target);

 private:
  std::shared_ptr<CloudTransport> TransportFor(const std::string& key,
                                               const Target& target);
  std::shared_ptr<HttpClient> ConnectionsLocked(const std::string& use,
                                                const CurlOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const TransportOptions options_;
  CloudMetrics& metrics_;
  Clock& clock_;
  absl::Mutex mutex_;
  // Weak: unused entries are released.
  std::map<std::string, std::weak_ptr<CloudTransport>> transports_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::weak_ptr<HttpClient>> connections_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_
