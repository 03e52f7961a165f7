#include "tests/evroc_sim/rest/collection_api.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/labels/label_selector.h"
#include "glog/logging.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/bucket_credentials.h"
#include "tests/evroc_sim/rest/rest_body.h"
#include "tests/evroc_sim/rest/rest_error.h"

namespace evroc::sim {
namespace {

// "se-sto": two letters, a dash, more letters.
bool IsRegion(absl::string_view region) {
  return region.size() > 3 && region[2] == '-' &&
         std::all_of(region.begin(), region.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  c == '-';
         });
}

// GET of such secrets is all that their collection has (B.11).
constexpr absl::string_view kSecrets = "bucketServiceAccountSecrets";
constexpr absl::string_view kImagesAreOff =
    "custom disk images are not enabled for the project";

Target TargetOf(const KindInfo& info, const std::string& api_version,
                const Key& key) {
  return {api_version, info.name, key.project, key.region, key.id};
}

void LogDropped(const Key& key, const std::vector<std::string>& dropped) {
  if (dropped.empty()) return;
  LOG(WARNING) << "Dropped unknown fields object=" << FqidOf(key)
               << " fields=" << absl::StrJoin(dropped, ",");
}

}  // namespace

Response CollectionApi::Handle(const Request& request,
                               const std::vector<std::string>& path) {
  const bool is_object = path.size() == 8;
  if (path[3].empty() || !IsRegion(path[5]) || (is_object && path[7].empty())) {
    return NoSuchRoute();
  }
  if (is_object && path[0] == "storage" && path[1] == "v1" &&
      path[6] == kSecrets) {
    return Secret(request, path);
  }
  const KindInfo* info = FindKind(path[0], path[6]);
  if (info == nullptr || info->version != path[1]) return NoSuchRoute();
  const Key key{info->kind, path[3], path[5], is_object ? path[7] : ""};
  Response response;
  if (const std::string service = ServiceOf(*info); service != "served") {
    response = service == "absent" ? NoSuchRoute()
                                   : RestError(Forbidden(kImagesAreOff));
  } else {
    response = is_object ? OnObject(request, *info, key)
                         : OnCollection(request, *info, key);
  }
  response.route = absl::StrCat("/", path[0], "/", path[1],
                                "/projects/{project}/regions/{region}/",
                                path[6], is_object ? "/{id}" : "");
  return response;
}

Response CollectionApi::OnCollection(const Request& request,
                                     const KindInfo& info, const Key& key) {
  if (request.method == "GET") return List(request, key);
  if (request.method == "POST") return Post(request, info, key);
  return NoSuchVerb();
}

Response CollectionApi::OnObject(const Request& request, const KindInfo& info,
                                 const Key& key) {
  if (request.method == "PATCH") return Patch(request, info, key);
  if (request.method == "GET") {
    const absl::StatusOr<ObjectPtr> object = cloud_.Get(key);
    if (!object.ok()) return RestError(object.status());
    return {.body = Show(**object, cloud_.settings())};
  }
  if (request.method == "DELETE") {
    const absl::StatusOr<ObjectPtr> object = cloud_.Delete(key);
    if (!object.ok()) return RestError(object.status());
    return {.status = 204};
  }
  return NoSuchVerb();
}

Response CollectionApi::List(const Request& request, const Key& key) {
  const absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse(FieldOf(request.query, "labelSelector"));
  if (!selector.ok()) {
    return RestError(Invalid(selector.status().message()));
  }
  const std::vector<ObjectPtr> objects =
      cloud_.List(key.kind, key.project, key.region, *selector);
  const Settings settings = cloud_.settings();
  if (objects.empty()) {
    const absl::string_view choice = settings.Choice("empty_items");
    return {.body = choice == "absent" ? "{}"
                    : choice == "null" ? R"({"items":null})"
                                       : R"({"items":[]})"};
  }
  std::string body = "{\"items\":[";
  for (const ObjectPtr& object : objects) {
    if (object != objects.front()) body += ',';
    body += Show(*object, settings);
  }
  body += "]}";
  return {.body = std::move(body)};
}

Response CollectionApi::Post(const Request& request, const KindInfo& info,
                             const Key& key) {
  const std::string api_version = ApiVersion(info);
  absl::StatusOr<PostBody> post =
      ParsePost(request.body, TargetOf(info, api_version, key));
  if (!post.ok()) return RestError(post.status());
  Key target = key;
  target.id = post->id;
  LogDropped(target, post->dropped);
  return AnswerWrite(201, cloud_.Create(target, std::move(post->draft)));
}

Response CollectionApi::Patch(const Request& request, const KindInfo& info,
                              const Key& key) {
  const std::string api_version = ApiVersion(info);
  const absl::StatusOr<Revision> revision =
      ParsePatch(request.body, TargetOf(info, api_version, key));
  if (!revision.ok()) return RestError(revision.status());
  return AnswerWrite(200, cloud_.Update(key, *revision));
}

Response CollectionApi::AnswerWrite(int status,
                                    const absl::StatusOr<Written>& written) {
  if (!written.ok()) return RestError(written.status());
  LogDropped(written->object->key, written->dropped);
  return {.status = status, .body = Show(*written->object, cloud_.settings())};
}

Response CollectionApi::Secret(const Request& request,
                               const std::vector<std::string>& path) {
  const Key account{Kind::kBucketServiceAccount, path[3], path[5],
                    AccountOfSecret(path[7])};
  Response response;
  if (request.method != "GET") {
    response = NoSuchVerb();
  } else if (const auto object = cloud_.Get(account);
             object.ok() &&
             (*object)->status["s3CredentialsSecretName"].exists()) {
    response = JsonResponse(200, SecretJson(**object));
  } else {
    response =
        RestError(NotFound(absl::StrCat("secret \"", path[7], "\" not found")));
  }
  response.route = absl::StrCat(
      "/storage/v1/projects/{project}/regions/{region}/", kSecrets, "/{id}");
  return response;
}

std::string CollectionApi::ServiceOf(const KindInfo& info) const {
  if (info.kind != Kind::kCustomDiskImage) return "served";
  return std::string(cloud_.settings().Choice("custom_images"));
}

std::string CollectionApi::Show(const Object& object,
                                const Settings& settings) const {
  if (settings.Choice("resource_version") == "sent") return object.rest_json;
  Json json = ToRestJson(object);
  Json metadata(json["metadata"]);
  metadata.Remove("resourceVersion");
  json.Set("metadata", std::move(metadata));
  return json.Dump();
}

}  // namespace evroc::sim
