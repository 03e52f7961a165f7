// The compute service as the shim calls it. GrpcComputeServiceClient is the
// real one, FakeComputeServiceClient the one for tests. Thread-safe, both.
//
// Errors and deadlines as in network_service_client.h, with "compute-service:".

#ifndef SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_
#define SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

using ComputeObserver = WatchObserver<compute::v1::WatchResponse>;

class ComputeServiceClient {
 public:
  virtual ~ComputeServiceClient() = default;

  // The machine as it is now. `provisioned_before`: it was seen RUNNING once;
  // if it is not there any more it is LOST, and nothing is made. Safe to
  // repeat.
  virtual absl::StatusOr<compute::v1::VirtualMachine> ApplyVirtualMachine(
      const CallContext& context, const common::v1::CloudScope& scope,
      const compute::v1::VirtualMachine& desired, bool provisioned_before) = 0;

  // What still remains; nothing: gone, confirmed. With machine_id empty: every
  // machine of the cluster. Safe to repeat.
  virtual absl::StatusOr<std::vector<common::v1::RemainingObject>>
  DeleteVirtualMachine(const CallContext& context,
                       const common::v1::CloudScope& scope,
                       const common::v1::Owner& owner) = 0;

  // Sorted by name.
  virtual absl::StatusOr<std::vector<compute::v1::ComputeProfile>>
  ListComputeProfiles(const CallContext& context,
                      const common::v1::CloudScope& scope) = 0;

  // As NetworkServiceClient::Watch.
  virtual std::unique_ptr<WatchCall> Watch(const common::v1::CloudScope& scope,
                                           const std::string& cursor,
                                           ComputeObserver& observer) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_COMPUTE_SERVICE_CLIENT_H_
