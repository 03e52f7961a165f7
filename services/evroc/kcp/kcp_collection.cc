#include "services/evroc/kcp/kcp_collection.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/http/line_splitter.h"
#include "common/http/url.h"
#include "common/status/status_macros.h"
#include "common/time/jitter.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/spec.h"
#include "services/evroc/codec/fields.h"
#include "services/evroc/codec/label_patch.h"
#include "services/evroc/http/json_calls.h"
#include "services/evroc/kcp/kcp_codec.h"

namespace evroc::cloud {
namespace {

constexpr int kPageSize = 500;

// The server ends a watch after a random time between these two.
constexpr absl::Duration kShortestWatch = absl::Minutes(5);
constexpr double kLongestWatch = 2;  // times as long
// A server sends a bookmark about every minute.
constexpr absl::Duration kMaxSilence = absl::Minutes(2);

template <typename T>
std::string ApiVersion() {
  return absl::StrCat(kKindInfo<T>.service, ".evroclabs.net/v1alpha1");
}

template <typename T>
Json PatchForm(const T& object) {
  if constexpr (std::is_same_v<T, VirtualMachine>) {
    return KcpPatchForm(object);
  } else {
    return KcpSpec(object);
  }
}

template <typename T>
absl::StatusOr<T> Decode(JsonView object) {
  T value;
  EVROC_RETURN_IF_ERROR(
      ReadMetadata(object["metadata"], kKcpMetadata, value.metadata));
  ReadKcp(object, value);
  return value;
}

// Converts a Status that a watch sends instead of an event.
absl::Status WatchError(JsonView status, absl::string_view collection) {
  const int code = ReadInt(status["code"]);
  return ErrorOf({.status = code == 0 ? 500 : code, .body = status.Dump()},
                 {Verb::kWatch, collection});
}

}  // namespace

template <typename T>
HttpRequest KcpCollection<T>::Request(absl::string_view method, const Id<T>* id,
                                      absl::string_view query) const {
  const std::string prefix = absl::StrCat("/apis/", ApiVersion<T>());
  const std::string plural = absl::AsciiStrToLower(kKindInfo<T>.collection);
  const std::string path = absl::StrCat(
      prefix, "/namespaces/", EscapeUrlComponent(channel_.name_space), "/",
      plural,
      id == nullptr ? "" : absl::StrCat("/", EscapeUrlComponent(id->value())));
  return {.method = std::string(method),
          .url = absl::StrCat(JoinUrl(channel_.base_url, path), query),
          .headers = {{"Accept", "application/json"}},
          .route = absl::StrCat("/clusters/{workspace}", prefix,
                                "/namespaces/{namespace}/", plural,
                                id == nullptr ? "" : "/{name}"),
          // A repeated POST is recognized by its 409, a PATCH by its version, a
          // DELETE by its 404.
          .repeatable = true};
}

template <typename T>
absl::StatusOr<T> KcpCollection<T>::SendOne(const CallContext& context,
                                            Verb verb,
                                            const HttpRequest& request,
                                            const Id<T>& id) {
  const std::string object = DescribeId(id);
  EVROC_ASSIGN_OR_RETURN(
      const Json body,
      CallForObject(channel_.http, context, request, {verb, object}));
  absl::StatusOr<T> decoded = Decode<T>(body);
  absl::Status sense = decoded.status();
  if (decoded.ok()) {
    sense = CheckAnswered(id.value(), decoded->metadata.id.value());
  }
  if (!sense.ok()) return SenselessAnswer(sense, object);
  return decoded;
}

template <typename T>
absl::StatusOr<T> KcpCollection<T>::Get(const CallContext& context,
                                        const Id<T>& id) {
  return SendOne(context, Verb::kGet, Request("GET", &id), id);
}

// Appends a page to `listing`; returns where the next one starts, empty if
// there is none.
template <typename T>
absl::StatusOr<std::string> KcpCollection<T>::ListPage(
    const CallContext& context, const std::string& query, Listing<T>& listing) {
  const size_t before = listing.items.size();
  const absl::Status unread_before = listing.unread;
  const auto restart = [&] {
    listing.items.resize(before);
    listing.unread = unread_before;
  };
  const auto add = [&](const Json& element) {
    AddTo(listing, Decode<T>(element), kKindInfo<T>.collection);
    return absl::OkStatus();
  };
  EVROC_ASSIGN_OR_RETURN(
      const Json frame,
      CallForList(
          channel_.http, context, Request("GET", nullptr, query),
          {Verb::kList, kKindInfo<T>.collection},
          {.form = ListForm::kTyped, .restart = restart, .visit = add}));
  listing.resource_version =
      std::string(frame.At("metadata.resourceVersion").String());
  return std::string(frame.At("metadata.continue").String());
}

// If the pages have expired, lists again without pages.
template <typename T>
absl::StatusOr<Listing<T>> KcpCollection<T>::ListReadable(
    const CallContext& context, absl::string_view label_selector) {
  const std::string selector =
      label_selector.empty()
          ? ""
          : absl::StrCat("labelSelector=", EscapeUrlComponent(label_selector));
  const std::string paged = absl::StrCat("?limit=", kPageSize, "&", selector);
  Listing<T> listing;
  std::string query = paged;
  while (true) {
    const absl::StatusOr<std::string> next = ListPage(context, query, listing);
    if (absl::IsOutOfRange(next.status()) && query != paged) {
      listing = {};
      EVROC_RETURN_IF_ERROR(
          ListPage(context, absl::StrCat("?", selector), listing).status());
      return listing;
    }
    EVROC_RETURN_IF_ERROR(next.status());
    if (next->empty()) return listing;
    query = absl::StrCat(paged, "&continue=", EscapeUrlComponent(*next));
  }
}

template <typename T>
absl::StatusOr<T> KcpCollection<T>::Create(const CallContext& context,
                                           const T& object) {
  Json metadata = Json::Object({{"name", object.metadata.id.value()},
                                {"namespace", channel_.name_space}});
  if (!object.metadata.labels.empty()) {
    metadata.Set("labels", ToJson(object.metadata.labels));
  }
  const Json body = Json::Object({{"apiVersion", ApiVersion<T>()},
                                  {"kind", kKindInfo<T>.kind},
                                  {"metadata", std::move(metadata)},
                                  {"spec", KcpSpec(object)}});
  HttpRequest request = Request("POST", nullptr);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = body.Dump();
  request.secrets = SecretsOf(object);
  return SendOne(context, Verb::kCreate, request, object.metadata.id);
}

template <typename T>
absl::StatusOr<T> KcpCollection<T>::Update(const CallContext& context,
                                           const T& current, const T& wanted) {
  const std::optional<Json> spec =
      MergePatchBetween(PatchForm(current), PatchForm(wanted));
  const std::optional<Json> labels =
      LabelPatch(current.metadata.labels, wanted.metadata.labels);
  if (!spec.has_value() && !labels.has_value()) return current;
  Json patch = Json::Object();
  if (labels.has_value()) patch.SetAt("metadata.labels", *labels);
  if (!current.metadata.resource_version.empty()) {
    patch.SetAt("metadata.resourceVersion", current.metadata.resource_version);
  }
  if (spec.has_value()) patch.Set("spec", *spec);
  HttpRequest request = Request("PATCH", &current.metadata.id);
  request.headers.emplace_back("Content-Type", "application/merge-patch+json");
  request.body = patch.Dump();
  return SendOne(context, Verb::kUpdate, request, current.metadata.id);
}

template <typename T>
absl::Status KcpCollection<T>::Delete(const CallContext& context,
                                      const Id<T>& id, const std::string& uid) {
  HttpRequest request = Request("DELETE", &id);
  if (!uid.empty()) {
    Json options =
        Json::Object({{"apiVersion", "v1"}, {"kind", "DeleteOptions"}});
    options.SetAt("preconditions.uid", uid);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = options.Dump();
  }
  EVROC_ASSIGN_OR_RETURN(const HttpResponse response,
                         channel_.http.Send(context, request));
  if (IsSuccess(response)) return absl::OkStatus();
  return ErrorOf(response, {Verb::kDelete, DescribeId(id)});
}

template <typename T>
absl::StatusOr<WatchEvent<T>> KcpCollection<T>::DecodeEvent(
    absl::string_view line) const {
  const absl::string_view collection = kKindInfo<T>.collection;
  const absl::StatusOr<Json> json = Json::Parse(line);
  if (!json.ok()) return SenselessAnswer(json.status(), collection);
  const absl::string_view type = (*json)["type"].String();
  const JsonView object = (*json)["object"];
  if (type == "ERROR") return WatchError(object, collection);
  WatchEvent<T> event;
  if (type == "BOOKMARK") {
    event.type = WatchEvent<T>::Type::kBookmark;
    event.object.metadata.resource_version =
        std::string(object.At("metadata.resourceVersion").String());
    return event;
  }
  if (type != "ADDED" && type != "MODIFIED" && type != "DELETED") {
    return SenselessAnswer(absl::InternalError("an event of no known type"),
                           collection);
  }
  event.type = type == "DELETED" ? WatchEvent<T>::Type::kDeleted
                                 : WatchEvent<T>::Type::kChanged;
  absl::StatusOr<T> decoded = Decode<T>(object);
  if (!decoded.ok()) return SenselessAnswer(decoded.status(), collection);
  event.object = *std::move(decoded);
  return event;
}

template <typename T>
absl::Status KcpCollection<T>::Watch(
    const CallContext& context, absl::string_view resource_version,
    const std::function<absl::Status(const WatchEvent<T>&)>& sink) {
  const std::string query = absl::StrCat(
      "?watch=true&allowWatchBookmarks=true&resourceVersion=",
      EscapeUrlComponent(resource_version), "&timeoutSeconds=",
      absl::ToInt64Seconds(Jittered(kShortestWatch, 1.0, kLongestWatch)));
  absl::Status stopped;
  LineSplitter lines([&](absl::string_view line) -> absl::Status {
    EVROC_ASSIGN_OR_RETURN(const WatchEvent<T> event, DecodeEvent(line));
    return sink(event);
  });
  const auto feed = [&](absl::string_view piece) {
    stopped = lines.Feed(piece);
    return stopped;
  };
  HttpRequest request = Request("GET", nullptr, query);
  absl::StrAppend(&request.route, "?watch");
  request.max_silence = kMaxSilence;
  const absl::StatusOr<HttpResponse> response =
      channel_.watches.Send(context, request, feed);
  EVROC_RETURN_IF_ERROR(stopped);
  EVROC_RETURN_IF_ERROR(response.status());
  if (IsSuccess(*response)) return absl::OkStatus();
  return ErrorOf(*response, {Verb::kWatch, kKindInfo<T>.collection});
}

template class KcpCollection<Vpc>;
template class KcpCollection<Subnet>;
template class KcpCollection<SecurityGroup>;
template class KcpCollection<PublicIp>;
template class KcpCollection<VirtualMachine>;
template class KcpCollection<Disk>;
template class KcpCollection<PlacementGroup>;
template class KcpCollection<HotswapAttachment>;

}  // namespace evroc::cloud
