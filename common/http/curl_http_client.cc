#include "common/http/curl_http_client.h"

#include <algorithm>
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

// How long an answer is waited for.
class AnswerLimit {
 public:
  AnswerLimit(absl::Time deadline, absl::Duration max_silence)
      : deadline_(deadline), max_silence_(max_silence) {
    Renew();
  }

  absl::Time end() const {
    return lost_ ? absl::InfiniteFuture() : std::min(deadline_, silent_at_);
  }

  // A piece of the answer has come.
  void Renew() { silent_at_ = Clock::Real().Now() + max_silence_; }

  // The end has come: waits without one from now on. Returns why.
  absl::Status Lose() {
    lost_ = true;
    return absl::DeadlineExceededError(
        silent_at_ < deadline_
            ? absl::StrCat("nothing has come for ",
                           absl::FormatDuration(max_silence_))
            : "the deadline has passed");
  }

 private:
  const absl::Time deadline_;
  const absl::Duration max_silence_;
  absl::Time silent_at_;
  bool lost_ = false;
};

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

  AnswerLimit limit(context.deadline, sink == nullptr ? absl::InfiniteDuration()
                                                      : request.max_silence);
  absl::Status sink_status;
  for (;;) {
    const CurlTransfer::Wait wait = transfer->Await(limit.end());
    if (wait == CurlTransfer::Wait::kDone) break;
    if (wait == CurlTransfer::Wait::kDeadline) {
      // The loop ends it now.
      loop_->Abort(*connections_, transfer, limit.Lose());
      continue;
    }
    limit.Renew();
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
