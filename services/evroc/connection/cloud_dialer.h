// Creates connections to the cloud. Scopes with the same credential share its
// HTTP connections, tokens and rate limit; credentials share nothing but the
// thread that drives their connections. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_
#define SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/http/curl_loop.h"
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

  const TransportOptions options_;
  CloudMetrics& metrics_;
  Clock& clock_;
  const std::shared_ptr<CurlLoop> loop_ = std::make_shared<CurlLoop>();
  absl::Mutex mutex_;
  // Weak: unused entries are released.
  std::map<std::string, std::weak_ptr<CloudTransport>> transports_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CLOUD_DIALER_H_
