#include "common/http/retrying_http_client.h"

#include "common/time/sleep.h"

namespace evroc {

absl::StatusOr<HttpResponse> RetryingHttpClient::Send(
    const CallContext& context, const HttpRequest& request,
    const BodySink& sink) {
  bool body_seen = false;
  const BodySink watched = [&](absl::string_view piece) {
    body_seen = true;
    return sink(piece);
  };
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<HttpResponse> outcome =
        inner_.Send(context, request, sink == nullptr ? nullptr : watched);
    if (body_seen || !MayRepeat(request, outcome)) return outcome;
    const std::optional<absl::Duration> delay =
        DelayBefore(attempt + 1, outcome, policy_);
    if (!delay.has_value() || clock_.Now() + *delay >= context.deadline ||
        !SleepFor(*delay, context.cancel, clock_)) {
      return outcome;
    }
  }
}

}  // namespace evroc
