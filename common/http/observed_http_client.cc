#include "common/http/observed_http_client.h"

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace evroc {

absl::StatusOr<HttpResponse> ObservedHttpClient::Send(
    const CallContext& context, const HttpRequest& request,
    const BodySink& sink) {
  size_t bytes = 0;
  const BodySink counting = [&](absl::string_view piece) {
    bytes += piece.size();
    return sink(piece);
  };
  const absl::Time start = clock_.Now();
  absl::StatusOr<HttpResponse> response =
      inner_.Send(context, request, sink == nullptr ? nullptr : counting);
  if (response.ok()) bytes += response->body.size();
  const HttpCall call{.method = request.method,
                      .route = request.route,
                      .code = response.ok() ? absl::StrCat(response->status)
                                            : absl::StatusCodeToString(
                                                  response.status().code()),
                      .took = clock_.Now() - start,
                      .bytes = bytes};
  if (observer_ != nullptr) observer_(call);
  VLOG(1) << "Called method=" << call.method << " route=" << call.route
          << " code=" << call.code << " took=" << call.took
          << " bytes=" << call.bytes << " request_id=" << context.request_id;
  return response;
}

}  // namespace evroc
