// Converts absl::Status to and from gRPC, with all details. Pure functions.

#ifndef COMMON_STATUS_STATUS_GRPC_H_
#define COMMON_STATUS_STATUS_GRPC_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace evroc {

// Payloads become details of google.rpc.Status.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Details become payloads. Details that can't be parsed are dropped.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace evroc

#endif  // COMMON_STATUS_STATUS_GRPC_H_
