#include "services/evroc/http/observed_http_client.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace evroc::cloud {

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
  const absl::Duration took = clock_.Now() - start;
  if (response.ok()) bytes += response->body.size();
  const std::string code =
      response.ok() ? absl::StrCat(response->status)
                    : absl::StatusCodeToString(response.status().code());
  metrics_.CallDone(request.method, request.route, code, took, bytes);
  VLOG(1) << "Call cloud method=" << request.method
          << " route=" << request.route << " code=" << code << " took=" << took
          << " bytes=" << bytes << " request_id=" << context.request_id;
  return response;
}

}  // namespace evroc::cloud
