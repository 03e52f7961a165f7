#include "shim/kube/http_kube_client.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/json/json_list_stream.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/time/jitter.h"
#include "shim/kube/kube_error.h"
#include "shim/kube/watch_decoder.h"

namespace evroc::shim {
namespace {

// Lists and watches leave this out: it is large and unused.
constexpr absl::string_view kManagedFields = "managedFields";
// How long a watch waits past the server's own timeout.
constexpr absl::Duration kWatchGrace = absl::Seconds(30);

std::string AuthorizationOf(const Kubeconfig& config) {
  const auto* basic = std::get_if<BasicAuth>(&config.user);
  if (basic == nullptr) return "";
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(
                                    basic->username, ":", basic->password)));
}

Disclosure DisclosureOf(const ResourceType& type) {
  return type == kSecretType ? Disclosure::kReasonOnly : Disclosure::kFull;
}

absl::Status Senseless(absl::string_view action, const absl::Status& why) {
  return absl::UnavailableError(
      absl::StrCat(action, ": the answer makes no sense: ", why.message()));
}

// Lists of built-in resources omit their elements' kind and apiVersion.
void NameKind(const ResourceType& type, Json& object) {
  if (object["kind"].exists()) return;
  object.Set("apiVersion", type.ApiVersion());
  object.Set("kind", type.kind);
}

absl::Duration WatchTime(const HttpKubeClientOptions& options) {
  return options.min_watch +
         Jittered(options.max_watch - options.min_watch, 0.0, 1.0);
}

// "0" starts from the server's cache. Bookmarks with "0", or no version at all,
// need a feature that etcd 3.4.23 (Debian's) lacks: HTTP 500.
Query WatchQuery(const Selection& selection, const std::string& version) {
  Query query = SelectorsOf(selection);
  query.emplace_back("watch", "true");
  if (!version.empty()) query.emplace_back("allowWatchBookmarks", "true");
  query.emplace_back("resourceVersion", version.empty() ? "0" : version);
  return query;
}

// Asks for `kind` of the objects where only their metadata is selected.
void Accept(const Selection& selection, absl::string_view kind,
            HttpRequest& request) {
  if (!selection.metadata_only) return;
  for (auto& [name, value] : request.headers) {
    if (name != "Accept") continue;
    value = absl::StrCat("application/json;as=", kind, ";g=meta.k8s.io;v=v1");
  }
}

std::string Seconds(absl::Duration duration) {
  return absl::StrCat(std::max(int64_t{1}, absl::ToInt64Seconds(absl::Ceil(
                                               duration, absl::Seconds(1)))));
}

// OK if it is the object of `target`, or any where `target` names none. A page
// of a proxy, or a Status, says nothing of an object.
absl::Status CheckObject(JsonView object, const KubeTarget& target) {
  const JsonView kind = object["kind"];
  const absl::string_view name = object.At("metadata.name").String();
  const bool is_it = !name.empty() &&
                     (target.key.name.empty() || name == target.key.name) &&
                     (!kind.exists() || kind.String() == target.type.kind);
  if (is_it) return absl::OkStatus();
  return absl::UnknownError("it is about something else");
}

absl::StatusOr<Json> ParseObject(const HttpResponse& response,
                                 const KubeTarget& target,
                                 absl::string_view action) {
  absl::StatusOr<Json> body = Json::Parse(response.body);
  if (!body.ok()) return Senseless(action, body.status());
  const absl::Status sense = CheckObject(*body, target);
  if (!sense.ok()) return Senseless(action, sense);
  return body;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpKubeClient>> HttpKubeClient::Make(
    const Kubeconfig& config, const HttpKubeClientOptions& options,
    Clock& clock) {
  EVROC_ASSIGN_OR_RETURN(std::unique_ptr<KubeTransport> transport,
                         KubeTransport::Make(config, options.transport, clock));
  return std::unique_ptr<HttpKubeClient>(
      new HttpKubeClient(config, options, std::move(transport), clock));
}

HttpKubeClient::HttpKubeClient(const Kubeconfig& config,
                               HttpKubeClientOptions options,
                               std::unique_ptr<KubeTransport> transport,
                               Clock& clock)
    : options_(std::move(options)),
      server_(config.server),
      authorization_(AuthorizationOf(config)),
      transport_(std::move(transport)),
      clock_(clock) {}

HttpRequest HttpKubeClient::Request(absl::string_view method,
                                    const KubeTarget& target, Query query,
                                    const CallContext& bounded) const {
  // Makes the server stop when the caller no longer waits.
  const absl::Duration left = bounded.deadline - clock_.Now();
  query.emplace_back("timeout", absl::StrCat(Seconds(left), "s"));
  HttpRequest request = MakeKubeRequest(method, server_, target, query);
  if (!authorization_.empty()) {
    request.headers.emplace_back("Authorization", authorization_);
  }
  return request;
}

CallContext HttpKubeClient::Bounded(const CallContext& context,
                                    absl::Duration timeout) const {
  CallContext bounded = context;
  bounded.deadline = std::min(context.deadline, clock_.Now() + timeout);
  return bounded;
}

absl::StatusOr<Json> HttpKubeClient::Get(const CallContext& context,
                                         const ResourceType& type,
                                         const ObjectKey& key) {
  const KubeTarget target{type, key, ""};
  const std::string action = DescribeAction("get", target);
  const CallContext bounded = Bounded(context, options_.call_timeout);
  const auto response =
      transport_->calls().Send(bounded, Request("GET", target, {}, bounded));
  if (!response.ok()) return Annotate(response.status(), action);
  if (!IsSuccess(*response)) {
    return KubeErrorOf(*response, action, DisclosureOf(type));
  }
  return ParseObject(*response, target, action);
}

absl::StatusOr<HttpKubeClient::Page> HttpKubeClient::ListPage(
    const CallContext& context, const KubeTarget& target,
    const Selection& selection, const Query& query, const ObjectSink& sink) {
  const std::string action = DescribeAction("list", target);
  absl::Status sink_status;
  JsonListStream stream(kManagedFields, [&](Json object) {
    if (object.At("metadata.name").String().empty()) {
      return absl::UnknownError("an element has no name");
    }
    NameKind(target.type, object);
    return sink_status = sink(std::move(object));
  });
  absl::Status malformed;
  const auto feed = [&](absl::string_view piece) {
    return malformed = stream.Feed(piece);
  };
  const CallContext bounded = Bounded(context, options_.list_timeout);
  HttpRequest request = Request("GET", target, query, bounded);
  Accept(selection, "PartialObjectMetadataList", request);
  const auto response = transport_->calls().Send(bounded, request, feed);
  if (!sink_status.ok()) return sink_status;
  if (!malformed.ok()) return Senseless(action, malformed);
  if (!response.ok()) return Annotate(response.status(), action);
  if (!IsSuccess(*response)) {
    return KubeErrorOf(*response, action, DisclosureOf(target.type));
  }
  const absl::StatusOr<Json> frame = stream.Finish(ListForm::kTyped);
  if (!frame.ok()) return Senseless(action, frame.status());
  return Page{std::string(frame->At("metadata.resourceVersion").String()),
              std::string(frame->At("metadata.continue").String())};
}

absl::StatusOr<std::string> HttpKubeClient::List(const CallContext& context,
                                                 const ResourceType& type,
                                                 const Selection& selection,
                                                 const ObjectSink& sink) {
  const KubeTarget target{type, {selection.name_space, ""}, ""};
  Query base = SelectorsOf(selection);
  base.emplace_back("limit", absl::StrCat(options_.page_size));
  Query query = base;
  while (true) {
    EVROC_ASSIGN_OR_RETURN(const Page page,
                           ListPage(context, target, selection, query, sink));
    if (page.next.empty()) return page.resource_version;
    query = base;
    query.emplace_back("continue", page.next);
  }
}

absl::Status HttpKubeClient::Watch(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const std::string& resource_version,
                                   const EventSink& sink) {
  const KubeTarget target{type, {selection.name_space, ""}, ""};
  const std::string action = DescribeAction("watch", target);
  const absl::Duration time = WatchTime(options_);
  Query query = WatchQuery(selection, resource_version);
  query.emplace_back("timeoutSeconds", Seconds(time));
  HttpRequest request = MakeKubeRequest("GET", server_, target, query);
  Accept(selection, "PartialObjectMetadata", request);
  absl::StrAppend(&request.route, "?watch");
  request.max_silence = options_.max_silence;
  if (!authorization_.empty()) {
    request.headers.emplace_back("Authorization", authorization_);
  }
  WatchDecoder decoder(action, DisclosureOf(type), sink);
  const CallContext bounded = Bounded(context, time + kWatchGrace);
  const auto response = transport_->watches().Send(
      bounded, request,
      [&](absl::string_view piece) { return decoder.Feed(piece); });
  EVROC_RETURN_IF_ERROR(decoder.status());
  if (!response.ok()) return Annotate(response.status(), action);
  if (IsSuccess(*response)) return absl::OkStatus();
  return KubeErrorOf(*response, action, DisclosureOf(type));
}

absl::StatusOr<Json> HttpKubeClient::Write(const CallContext& context,
                                           absl::string_view method,
                                           absl::string_view verb,
                                           const KubeTarget& target,
                                           const Json& body) {
  const std::string action = DescribeAction(verb, target);
  const CallContext bounded = Bounded(context, options_.call_timeout);
  HttpRequest request = Request(
      method, target, {{"fieldManager", std::string(kFieldManager)}}, bounded);
  request.headers.emplace_back(
      "Content-Type",
      method == "PATCH" ? "application/merge-patch+json" : "application/json");
  request.body = body.Dump();
  // With a resourceVersion a repeat of an applied write changes nothing: 409.
  request.repeatable = body.At("metadata.resourceVersion").is_string();
  const auto response = transport_->calls().Send(bounded, request);
  if (!response.ok()) return Annotate(response.status(), action);
  if (!IsSuccess(*response)) {
    return KubeErrorOf(*response, action, DisclosureOf(target.type));
  }
  return ParseObject(*response, target, action);
}

absl::StatusOr<Json> HttpKubeClient::Create(const CallContext& context,
                                            const ResourceType& type,
                                            const Json& object) {
  const KubeTarget target{type, {KeyOf(object).name_space, ""}, ""};
  return Write(context, "POST", "create", target, object);
}

absl::StatusOr<Json> HttpKubeClient::Update(const CallContext& context,
                                            const ResourceType& type,
                                            const Json& object) {
  return Write(context, "PUT", "update", {type, KeyOf(object), ""}, object);
}

absl::StatusOr<Json> HttpKubeClient::Patch(const CallContext& context,
                                           const ResourceType& type,
                                           const ObjectKey& key,
                                           absl::string_view subresource,
                                           const Json& patch) {
  const KubeTarget target{type, key, std::string(subresource)};
  return Write(context, "PATCH", "patch", target, patch);
}

}  // namespace evroc::shim
