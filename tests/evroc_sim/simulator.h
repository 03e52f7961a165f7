// The whole simulated cloud: both dialects, the token endpoint and the control
// interface on one listener, S3 on another. Thread-safe.

#ifndef TESTS_EVROC_SIM_SIMULATOR_H_
#define TESTS_EVROC_SIM_SIMULATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/control/control_api.h"
#include "tests/evroc_sim/data_plane/data_plane.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/iam/token_endpoint.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/kcp/kcp_api.h"
#include "tests/evroc_sim/rest/iam_api.h"
#include "tests/evroc_sim/rest/rest_api.h"
#include "tests/evroc_sim/s3/s3_api.h"
#include "tests/evroc_sim/server/call_statistics.h"
#include "tests/evroc_sim/server/http_server.h"
#include "tests/evroc_sim/server/route_faults.h"

namespace evroc::sim {

struct SimulatorOptions {
  Listener listener;
  // Of the S3 endpoint, with the certificate of `listener`; without it there is
  // no endpoint, and disks take the objects of custom images for granted.
  std::optional<Listener> s3_listener;
  std::string organisation = "demo-org";
  std::string project = "demo";  // of the credential files
  std::string state_file;        // empty: nothing survives a restart
  std::string credentials_out;   // folder; empty: none are written
  std::string call_log;          // file; empty: none
  bool redact_call_log = false;
  std::string data_plane;          // IPv4 block inside 127.0.0.0/8; or empty
  Json settings = Json::Object();  // a patch of the defaults
};

class Simulator {
 public:
  // Reads the state, listens, writes the credential files. INVALID_ARGUMENT for
  // invalid options, UNAVAILABLE if it can't listen or write.
  static absl::StatusOr<std::unique_ptr<Simulator>> Start(
      const SimulatorOptions& options, Clock& clock = Clock::Real());
  // Stops serving and saves the state.
  ~Simulator();

  const std::string& address() const { return server_->address(); }
  const std::string& url() const { return server_->url(); }
  // Of the S3 endpoint; empty without one.
  std::string s3_address() const;

  Cloud& cloud() { return cloud_; }
  // Returns the content of a credential file by its name.
  std::string Credential(const std::string& name) const;

 private:
  Simulator(const SimulatorOptions& options, AddressRanges ranges, RsaKey key,
            Clock& clock);

  absl::Status Prepare(JsonView state);
  absl::Status Listen();
  absl::Status ListenForS3();
  absl::Status WriteCredentials() const;
  void MakeAccounts();
  Delivery Serve(const Request& request);
  Response Answer(const Request& request);
  void SavePeriodically();
  absl::Status SaveState() const;

  const SimulatorOptions options_;
  Clock& clock_;
  Cloud cloud_;
  Accounts accounts_;
  TokenIssuer issuer_;
  IamApi iam_;
  RestApi rest_;
  S3Api s3_;
  KcpApi kcp_;
  TokenEndpoint tokens_;
  RouteFaults faults_;
  CallStatistics statistics_;
  ControlApi control_;
  // Used in the credential files; they survive a restart with the state.
  std::string refresh_token_;
  Json service_account_jwk_;
  std::unique_ptr<DataPlane> data_plane_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpServer> s3_server_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread saver_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SIMULATOR_H_
