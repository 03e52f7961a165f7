#include "tests/evroc_sim/rest/iam_api.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/iam/authenticator.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {
namespace {

constexpr char kApiVersion[] = "iam/v1beta1";
constexpr int kKeyBits = 2048;

std::string AddressOf(absl::string_view collection, absl::string_view id) {
  return absl::StrCat(collection, "/", id);
}

// Returns the client id of the service account at
// "projects/p/serviceAccounts/sa…".
std::string ClientIdOf(const std::vector<std::string>& path) {
  return absl::StrCat(path[3], "_", path[1]);
}

absl::Status NotThere(absl::string_view id) {
  return NotFound(absl::StrCat("\"", id, "\" not found"));
}

}  // namespace

IamApi::Place IamApi::PlaceOf(const std::vector<std::string>& path) {
  static constexpr Shape kProjects = {"projects", "Project",
                                      "GET POST PATCH DELETE"};
  static constexpr Shape kOrganisations = {"organizations", "Organization",
                                           "GET PATCH"};
  static constexpr Shape kPermissionSets = {"projects/{project}/permissionSets",
                                            "PermissionSet",
                                            "GET POST PATCH DELETE"};
  static constexpr Shape kAccounts = {"projects/{project}/serviceAccounts",
                                      "ServiceAccount",
                                      "GET POST PATCH DELETE"};
  static constexpr Shape kCredentials = {
      "projects/{project}/serviceAccounts/{account}/serviceAccountCredentials",
      "ServiceAccountCredential", "GET POST DELETE"};
  const auto place = [&path](const Shape& shape, int depth) {
    const size_t object_size = static_cast<size_t>(depth) + 1;
    if (path.size() > object_size) return Place{};
    Place found{.shape = &shape};
    found.collection = absl::StrJoin(path.begin(), path.begin() + depth, "/");
    if (path.size() == object_size) found.id = path[depth];
    return found;
  };
  for (const std::string& segment : path) {
    if (segment.empty()) return {};
  }
  if (path.empty()) return {};
  if (path[0] == "organizations") return place(kOrganisations, 1);
  if (path[0] != "projects") return {};
  if (path.size() <= 2) return place(kProjects, 1);
  if (path[2] == "permissionSets") return place(kPermissionSets, 3);
  if (path[2] != "serviceAccounts") return {};
  if (path.size() <= 4) return place(kAccounts, 3);
  if (path[4] == "serviceAccountCredentials") return place(kCredentials, 5);
  return {};
}

Response IamApi::Handle(const Request& request, const Identity& identity,
                        const std::vector<std::string>& whole_path) {
  const std::vector<std::string> path(whole_path.begin() + 2, whole_path.end());
  if (path.size() == 7 && path[6] == "revoke" && request.method == "POST") {
    return Revoke(path);
  }
  const Place place = PlaceOf(path);
  if (place.shape == nullptr) return NoSuchRoute();
  if (path[0] == "projects" && path.size() > 1 &&
      !MayEnter(identity, path[1])) {
    return RestError(Forbidden("no access to the project"));
  }
  const bool is_object = !place.id.empty();
  const std::string& method = request.method;
  Response response = NoSuchVerb();
  if (absl::StrContains(place.shape->verbs, method)) {
    if (method == "GET") response = is_object ? Get(place) : List(place);
    if (method == "POST" && !is_object) response = Post(request, place);
    if (method == "PATCH" && is_object) response = Patch(request, place);
    if (method == "DELETE" && is_object) response = Delete(place);
  }
  response.route = absl::StrCat("/iam/v1beta1/", place.shape->route,
                                is_object ? "/{id}" : "");
  return response;
}

Response IamApi::List(const Place& place) const {
  absl::MutexLock lock(&mutex_);
  const std::string prefix = AddressOf(place.collection, "");
  Json items = Json::Array();
  for (auto it = objects_.lower_bound(prefix);
       it != objects_.end() && absl::StartsWith(it->first, prefix); ++it) {
    const absl::string_view id = it->first;
    if (!absl::StrContains(id.substr(prefix.size()), "/")) {
      items.Push(it->second);
    }
  }
  return JsonResponse(200, Json::Object({{"items", std::move(items)}}));
}

Response IamApi::Get(const Place& place) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(AddressOf(place.collection, place.id));
  if (found == objects_.end()) return RestError(NotThere(place.id));
  return JsonResponse(200, found->second);
}

Response IamApi::Post(const Request& request, const Place& place) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !body->view().is_object()) {
    return RestError(Invalid("the body is no JSON object"));
  }
  if ((*body)["apiVersion"].String(kApiVersion) != kApiVersion ||
      (*body)["kind"].String(place.shape->kind) != place.shape->kind) {
    return RestError(Invalid("apiVersion or kind do not fit the route"));
  }
  Place target = place;
  target.id = std::string(body->At("metadata.id").String());
  if (absl::Status status = CheckId(target.id); !status.ok()) {
    return RestError(status);
  }
  const std::string address = AddressOf(target.collection, target.id);
  absl::MutexLock lock(&mutex_);
  if (objects_.contains(address)) {
    return RestError(
        AlreadyExists(absl::StrCat("\"", target.id, "\" already exists")));
  }
  Json object = NewObject(target, *body);
  const absl::StatusOr<Json> answer = Follow(target, object);
  if (!answer.ok()) return RestError(answer.status());
  objects_[address] = std::move(object);
  return JsonResponse(201, *answer);
}

Response IamApi::Patch(const Request& request, const Place& place) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !body->view().is_object()) {
    return RestError(Invalid("the body is no JSON object"));
  }
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(AddressOf(place.collection, place.id));
  if (found == objects_.end()) return RestError(NotThere(place.id));
  Json next = found->second;
  Json spec(next["spec"]);
  if ((*body)["spec"].is_object()) spec.MergePatch((*body)["spec"]);
  const bool changed = !(spec == found->second["spec"]);
  next.Set("spec", std::move(spec));
  if (changed) {
    next.SetAt("metadata.generation",
               next.At("metadata.generation").Integer() + 1);
  }
  const absl::StatusOr<Json> answer = Follow(place, next);
  if (!answer.ok()) return RestError(answer.status());
  found->second = std::move(next);
  return JsonResponse(200, *answer);
}

Response IamApi::Delete(const Place& place) {
  absl::MutexLock lock(&mutex_);
  if (objects_.erase(AddressOf(place.collection, place.id)) == 0) {
    return RestError(NotThere(place.id));
  }
  Forget(place);
  return {.status = 204};
}

Response IamApi::Revoke(const std::vector<std::string>& path) {
  absl::MutexLock lock(&mutex_);
  const auto found =
      objects_.find(absl::StrJoin(path.begin(), path.begin() + 6, "/"));
  if (found == objects_.end()) return RestError(NotThere(path[5]));
  accounts_.RemoveCredential(ClientIdOf(path), path[5]);
  found->second.SetAt("status.revokedAt", FormatTimestamp(clock_.Now()));
  Response response = JsonResponse(200, found->second);
  response.route =
      "/iam/v1beta1/projects/{project}/serviceAccounts/{account}/"
      "serviceAccountCredentials/{id}/revoke";
  return response;
}

Json IamApi::NewObject(const Place& place, JsonView body) const {
  Json metadata =
      Json::Object({{"id", place.id},
                    {"uid", RandomUuid()},
                    {"creationTimestamp", FormatTimestamp(clock_.Now())},
                    {"generation", 1},
                    {"resourceVersion", "1"}});
  if (body.At("metadata.userLabels").is_object()) {
    metadata.Set("userLabels", Json(body.At("metadata.userLabels")));
  }
  return Json::Object(
      {{"apiVersion", kApiVersion},
       {"kind", place.shape->kind},
       {"metadata", std::move(metadata)},
       {"spec", body["spec"].is_object() ? Json(body["spec"]) : Json::Object()},
       {"status", Json::Object({{"conditions", Json::Array()}})}});
}

absl::StatusOr<Json> IamApi::Follow(const Place& place, Json& object) {
  const std::vector<std::string> path = SplitPath(place.collection);
  if (object["kind"].String() == "ServiceAccount") {
    const std::string client_id = absl::StrCat(place.id, "_", path[1]);
    accounts_.PutServiceAccount(client_id, path[1],
                                object.At("spec.enabled").Bool(true));
    object.SetAt("status.oauthClientId", client_id);
  }
  if (object["kind"].String() == "ServiceAccountCredential") {
    return IssueCredential(place, object);
  }
  return object;
}

absl::StatusOr<Json> IamApi::IssueCredential(const Place& place, Json& object) {
  absl::Time expires;
  std::string error;
  if (object.At("spec.type").String() != "rs256-jwt") {
    return Invalid("spec.type: must be rs256-jwt");
  }
  if (!absl::ParseTime(absl::RFC3339_full,
                       std::string(object.At("spec.expiresAt").String()),
                       &expires, &error)) {
    return Invalid("spec.expiresAt: must be an RFC 3339 time");
  }
  RsaKey key = RsaKey::Generate(kKeyBits);
  key.set_id(place.id);
  const Json private_jwk = key.PrivateJwk();
  accounts_.PutCredential(ClientIdOf(SplitPath(place.collection)), place.id,
                          {std::move(key), expires});
  Json answer = object;
  answer.SetAt("status.privateKeyJwk", absl::Base64Escape(private_jwk.Dump()));
  return answer;
}

void IamApi::Forget(const Place& place) {
  const std::vector<std::string> path = SplitPath(place.collection);
  if (path.back() == "serviceAccounts") {
    accounts_.RemoveServiceAccount(absl::StrCat(place.id, "_", path[1]));
  }
  if (path.back() == "serviceAccountCredentials") {
    accounts_.RemoveCredential(ClientIdOf(path), place.id);
  }
}

void IamApi::Ensure(const std::string& collection, const std::string& id,
                    Json spec) {
  std::vector<std::string> path = SplitPath(collection);
  path.push_back(id);
  const Place place = PlaceOf(path);
  absl::MutexLock lock(&mutex_);
  const std::string address = AddressOf(collection, id);
  if (objects_.contains(address)) return;
  Json object = NewObject(place, Json::Object({{"spec", std::move(spec)}}));
  if (Follow(place, object).ok()) objects_[address] = std::move(object);
}

Json IamApi::MakeServiceAccount(const std::string& project,
                                const std::string& id) {
  const std::string accounts =
      absl::StrCat("projects/", project, "/serviceAccounts");
  Ensure(accounts, id, Json::Object({{"enabled", true}}));
  RsaKey key = RsaKey::Generate(kKeyBits);
  key.set_id(RandomUuid());
  Json jwk = key.PrivateJwk();
  const std::string key_id = key.id();
  accounts_.PutCredential(absl::StrCat(id, "_", project), key_id,
                          {std::move(key), absl::InfiniteFuture()});
  return jwk;
}

Json IamApi::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json state = Json::Object();
  for (const auto& [address, object] : objects_) state.Set(address, object);
  return state;
}

void IamApi::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  state.ForEachMember([this](absl::string_view address, JsonView object) {
    mutex_.AssertHeld();
    objects_[std::string(address)] = Json(object);
  });
}

}  // namespace evroc::sim
