#include "common/status/status_grpc.h"

#include <string>

#include "absl/strings/cord.h"
#include "common/text/cut_text.h"
#include "google/rpc/status.pb.h"

namespace evroc {
namespace {

// An error travels in the trailers of a call, which gRPC limits to 8 KiB: the
// message twice, once in the details, which base64 makes a third longer. A
// larger one would reach the caller as RESOURCE_EXHAUSTED.
constexpr size_t kMostMessageBytes = 1700;
constexpr size_t kMostDetailBytes = 2300;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = CutText(status.message(), kMostMessageBytes);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  size_t bytes = 0;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (bytes + payload.size() > kMostDetailBytes) return;
    bytes += payload.size();
    auto* detail = details.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return {static_cast<grpc::StatusCode>(status.code()), message,
          details.details_size() > 0 ? details.SerializeAsString() : ""};
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const auto& detail : details.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

}  // namespace evroc
