#include "services/evroc/rest/rest_collection.h"

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/spec.h"
#include "services/evroc/codec/fields.h"
#include "services/evroc/codec/label_patch.h"
#include "services/evroc/http/json_calls.h"
#include "services/evroc/rest/rest_compute_codec.h"
#include "services/evroc/rest/rest_load_balancer_codec.h"
#include "services/evroc/rest/rest_network_codec.h"
#include "services/evroc/rest/rest_path.h"

namespace evroc::cloud {
namespace {

template <typename T>
Json PatchForm(const RestScope& scope, const T& object) {
  if constexpr (std::is_same_v<T, VirtualMachine>) {
    return RestPatchForm(scope, object);
  } else {
    return RestSpec(scope, object);
  }
}

template <typename T>
CallTarget Target(Verb verb, absl::string_view object) {
  return {verb, object, RoleOf(kKindInfo<T>.service)};
}

template <typename T>
Json Envelope() {
  constexpr KindInfo kInfo = kKindInfo<T>;
  return Json::Object(
      {{"apiVersion", absl::StrCat(kInfo.service, "/", kInfo.version)},
       {"kind", kInfo.kind}});
}

}  // namespace

template <typename T>
HttpRequest RestCollection<T>::Request(absl::string_view method,
                                       const Id<T>* id,
                                       const Json* body) const {
  constexpr KindInfo kInfo = kKindInfo<T>;
  const std::string path = absl::StrCat(
      RegionalPath(channel_.scope, kInfo),
      id == nullptr ? "" : absl::StrCat("/", EscapeUrlComponent(id->value())));
  HttpRequest request{
      .method = std::string(method),
      .url = JoinUrl(channel_.base_url, path),
      .headers = {{"Accept", "application/json"}},
      .route = absl::StrCat(RegionalRoute(kInfo), id == nullptr ? "" : "/{id}"),
      // A repeated POST is recognized by its 409, a PATCH by its version, a
      // DELETE by its 404.
      .repeatable = true};
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body->Dump();
  }
  return request;
}

template <typename T>
absl::StatusOr<T> RestCollection<T>::Decode(JsonView object) const {
  T value;
  EVROC_RETURN_IF_ERROR(
      ReadMetadata(object["metadata"], kRestMetadata, value.metadata));
  ReadRest(channel_.scope, object, value);
  return value;
}

template <typename T>
absl::StatusOr<T> RestCollection<T>::SendOne(const CallContext& context,
                                             Verb verb,
                                             const HttpRequest& request,
                                             const Id<T>& id) {
  const std::string object = DescribeId(id);
  EVROC_ASSIGN_OR_RETURN(
      const Json body,
      CallForObject(channel_.http, context, request, Target<T>(verb, object)));
  absl::StatusOr<T> decoded = Decode(body);
  absl::Status sense = decoded.status();
  if (decoded.ok()) {
    sense = CheckAnswered(id.value(), decoded->metadata.id.value());
  }
  if (!sense.ok()) return SenselessAnswer(sense, object);
  return decoded;
}

template <typename T>
absl::StatusOr<T> RestCollection<T>::Get(const CallContext& context,
                                         const Id<T>& id) {
  return SendOne(context, Verb::kGet, Request("GET", &id, nullptr), id);
}

template <typename T>
absl::StatusOr<Listing<T>> RestCollection<T>::ListReadable(
    const CallContext& context, absl::string_view label_selector) {
  HttpRequest request = Request("GET", nullptr, nullptr);
  if (!label_selector.empty()) {
    absl::StrAppend(&request.url,
                    "?labelSelector=", EscapeUrlComponent(label_selector));
  }
  Listing<T> listing;
  const auto add = [&](const Json& element) {
    AddTo(listing, Decode(element), kKindInfo<T>.collection);
    return absl::OkStatus();
  };
  EVROC_RETURN_IF_ERROR(
      CallForList(channel_.http, context, request,
                  Target<T>(Verb::kList, kKindInfo<T>.collection),
                  ListReader{.form = ListForm::kBare,
                             .restart = [&] { listing = {}; },
                             .visit = add})
          .status());
  return listing;
}

template <typename T>
absl::StatusOr<T> RestCollection<T>::Create(const CallContext& context,
                                            const T& object) {
  Json metadata = Json::Object({{"id", object.metadata.id.value()}});
  if (!object.metadata.labels.empty()) {
    metadata.Set("userLabels", ToJson(object.metadata.labels));
  }
  Json body = Envelope<T>();
  body.Set("metadata", std::move(metadata));
  body.Set("spec", RestSpec(channel_.scope, object));
  HttpRequest request = Request("POST", nullptr, &body);
  request.secrets = SecretsOf(object);
  return SendOne(context, Verb::kCreate, request, object.metadata.id);
}

template <typename T>
absl::StatusOr<T> RestCollection<T>::Update(const CallContext& context,
                                            const T& current, const T& wanted) {
  const std::optional<Json> spec = MergePatchBetween(
      PatchForm(channel_.scope, current), PatchForm(channel_.scope, wanted));
  const std::optional<Json> labels =
      LabelPatch(current.metadata.labels, wanted.metadata.labels);
  if (!spec.has_value() && !labels.has_value()) return current;
  Json body = Envelope<T>();
  Json metadata = Json::Object({{"id", current.metadata.id.value()}});
  if (labels.has_value()) metadata.Set("userLabels", *labels);
  SetText(metadata, "resourceVersion", current.metadata.resource_version);
  body.Set("metadata", std::move(metadata));
  if (spec.has_value()) body.Set("spec", *spec);
  return SendOne(context, Verb::kUpdate,
                 Request("PATCH", &current.metadata.id, &body),
                 current.metadata.id);
}

template <typename T>
absl::Status RestCollection<T>::Delete(const CallContext& context,
                                       const Id<T>& id,
                                       const std::string& /*uid*/) {
  EVROC_ASSIGN_OR_RETURN(
      const HttpResponse response,
      channel_.http.Send(context, Request("DELETE", &id, nullptr)));
  if (IsSuccess(response)) return absl::OkStatus();
  return ErrorOf(response, Target<T>(Verb::kDelete, DescribeId(id)));
}

template <typename T>
absl::Status RestCollection<T>::Watch(
    const CallContext& /*context*/, absl::string_view /*resource_version*/,
    const std::function<absl::Status(const WatchEvent<T>&)>& /*sink*/) {
  return absl::UnimplementedError("the REST API has no watch");
}

template class RestCollection<Vpc>;
template class RestCollection<Subnet>;
template class RestCollection<SecurityGroup>;
template class RestCollection<PublicIp>;
template class RestCollection<LoadBalancer>;
template class RestCollection<BackendPool>;
template class RestCollection<BackendService>;
template class RestCollection<L4Route>;
template class RestCollection<VirtualMachine>;
template class RestCollection<Disk>;
template class RestCollection<PlacementGroup>;
template class RestCollection<HotswapAttachment>;

}  // namespace evroc::cloud
