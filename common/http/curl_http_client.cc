#include "common/http/curl_http_client.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/http/curl_connections.h"
#include "common/http/curl_loop.h"
#include "common/http/curl_transfer.h"
#include "common/http/request_check.h"

namespace evroc {
namespace {

// Adds which request failed, without anything that could be secret.
absl::Status Describe(const absl::Status& status, const HttpRequest& request) {
  return {status.code(), absl::StrCat(request.method, " ", request.route, ": ",
                                      status.message())};
}

}  // namespace

CurlHttpClient::CurlHttpClient(CurlOptions options)
    : options_(std::move(options)),
      loop_(options_.loop != nullptr ? options_.loop
                                     : std::make_shared<CurlLoop>()),
      connections_(std::make_unique<CurlConnections>(
          options_.max_connections_per_host, options_.idle_time)) {}

CurlHttpClient::~CurlHttpClient() { loop_->Close(*connections_); }

absl::StatusOr<HttpResponse> CurlHttpClient::Send(const CallContext& context,
                                                  const HttpRequest& request,
                                                  const BodySink& sink) {
  if (absl::Status alive = CheckAlive(context, Clock::Real()); !alive.ok()) {
    return Describe(alive, request);
  }
  if (absl::Status checked = CheckRequest(request); !checked.ok()) {
    return Describe(checked, request);
  }
  const auto transfer = std::make_shared<CurlTransfer>(
      options_, request, /*streaming=*/sink != nullptr);
  loop_->Start(*connections_, transfer);
  const std::stop_callback on_cancel(context.cancel, [&] {
    loop_->Abort(*connections_, transfer,
                 absl::CancelledError("the caller cancelled"));
  });

  absl::Time deadline = context.deadline;
  absl::Status sink_status;
  for (;;) {
    const CurlTransfer::Wait wait = transfer->Await(deadline);
    if (wait == CurlTransfer::Wait::kDone) break;
    if (wait == CurlTransfer::Wait::kDeadline) {
      loop_->Abort(*connections_, transfer,
                   absl::DeadlineExceededError("the deadline has passed"));
      deadline = absl::InfiniteFuture();  // the loop ends it now
      continue;
    }
    bool resume = false;
    const std::string chunk = transfer->TakeChunk(&resume);
    if (resume) loop_->Resume(*connections_, transfer);
    if (!sink_status.ok()) continue;
    sink_status = sink(chunk);
    if (!sink_status.ok()) loop_->Abort(*connections_, transfer, sink_status);
  }
  absl::StatusOr<HttpResponse> response = transfer->TakeResponse();
  if (!sink_status.ok()) return sink_status;
  if (!response.ok()) return Describe(response.status(), request);
  return response;
}

}  // namespace evroc
