#include "tests/evroc_sim/kcp/kcp_api.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/labels/label_selector.h"
#include "glog/logging.h"
#include "tests/evroc_sim/iam/authenticator.h"
#include "tests/evroc_sim/kcp/kcp_codec.h"
#include "tests/evroc_sim/kcp/kcp_discovery.h"
#include "tests/evroc_sim/kcp/kcp_status.h"
#include "tests/evroc_sim/kcp/kcp_watch.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"

namespace evroc::sim {
namespace {

constexpr absl::Duration kLongestWatch = absl::Minutes(30);

bool IsTrue(const std::string& text) { return text == "true" || text == "1"; }

Response NotServed() {
  return KcpError(404, "NotFound",
                  "the server could not find the requested resource");
}

absl::StatusOr<Draft> ParseDraft(const Json& body, const Key& key,
                                 const Settings& settings) {
  Draft draft;
  const JsonView labels = body.At("metadata.labels");
  labels.ForEachMember([&](absl::string_view name, JsonView value) {
    draft.labels[std::string(name)] = std::string(value.String());
  });
  if (body["spec"].exists() && !body["spec"].is_object()) {
    return Invalid("spec: must be an object");
  }
  draft.spec = SpecFromKcp(key, body["spec"], nullptr);
  draft.accepts_missing_groups =
      settings.Choice("kcp_unknown_security_group") == "accept";
  return draft;
}

// The version that a watch starts after; nullopt for "0" and for no version,
// which both request the existing objects first.
std::optional<int64_t> VersionOf(const Request& request) {
  int64_t version = 0;
  if (!absl::SimpleAtoi(FieldOf(request.query, "resourceVersion"), &version) ||
      version == 0) {
    return std::nullopt;
  }
  return version;
}

std::string NameSelected(const Request& request) {
  const std::string selector = FieldOf(request.query, "fieldSelector");
  absl::string_view name = selector;
  if (absl::ConsumePrefix(&name, "metadata.name=")) {
    absl::ConsumePrefix(&name, "=");
    return std::string(name);
  }
  return "";
}

}  // namespace

Response KcpApi::Handle(const Request& request) {
  const absl::StatusOr<Identity> identity = Authenticate(request, issuer_);
  if (!identity.ok()) {
    Response response =
        KcpError(401, "Unauthorized", identity.status().message());
    response.route = "(unauthenticated)";
    return response;
  }
  Response response = Route(request, *identity, SplitPath(request.path));
  if (response.route.empty()) {
    LOG(WARNING) << "Unknown route method=" << request.method
                 << " path=" << request.path;
    response.route = "(unknown)";
  }
  return response;
}

Response KcpApi::Route(const Request& request, const Identity& identity,
                       const std::vector<std::string>& path) {
  if (path.size() < 3 || !absl::StartsWith(path[1], "root:")) {
    return NotServed();
  }
  const std::vector<std::string> below(path.begin() + 2, path.end());
  if (IsDiscovery(below)) {
    if (request.method != "GET") {
      return KcpError(405, "MethodNotAllowed", "discovery is read-only");
    }
    Response response = Discovery(below);
    response.route = "/clusters/{workspace}/(discovery)";
    return response;
  }
  return Resource(request, identity, path[1], below);
}

// /apis/{group}/v1alpha1[/namespaces/{namespace}]/{plural}[/{name}[/status]].
Response KcpApi::Resource(const Request& request, const Identity& identity,
                          const std::string& workspace,
                          const std::vector<std::string>& path) {
  if (path.size() < 4 || path[0] != "apis" || path[2] != kKcpVersion) {
    return NotServed();
  }
  const bool namespaced = path[3] == "namespaces" && path.size() >= 6;
  const size_t at = namespaced ? 5 : 3;
  const KcpKind* kind = FindKcpKind(path[1], path[at]);
  if (kind == nullptr || path.size() > at + 2 || path.back().empty()) {
    return NotServed();
  }
  const absl::StatusOr<std::string> project =
      ProjectOf(workspace, namespaced ? path[4] : "");
  if (!project.ok() || !MayEnter(identity, *project)) {
    return KcpError(403, "Forbidden", "no access to the workspace");
  }
  const bool is_object = path.size() == at + 2;
  Target target{kind, {kind->kind, *project, std::string(kRegion), ""}};
  if (is_object) target.key.id = path[at + 1];
  Response response =
      is_object ? OnObject(request, target) : OnCollection(request, target);
  response.route =
      absl::StrCat("/clusters/{workspace}/apis/", kind->group, "/", kKcpVersion,
                   namespaced ? "/namespaces/{namespace}/" : "/", kind->plural,
                   is_object ? "/{name}" : "");
  return response;
}

// Accepts "root:<project>", "root:<organisation>:<project>", or the
// organisation's own workspace, where the namespace names the project.
absl::StatusOr<std::string> KcpApi::ProjectOf(
    const std::string& workspace, const std::string& name_space) const {
  const std::string last = workspace.substr(workspace.rfind(':') + 1);
  const bool whole_organisation = last == organisation_;
  if (last.empty()) return absl::NotFoundError("no such workspace");
  if (whole_organisation) {
    return name_space.empty() ? organisation_ : name_space;
  }
  if (!name_space.empty() && name_space != last &&
      name_space != organisation_) {
    return absl::PermissionDeniedError("no such namespace");
  }
  return last;
}

Response KcpApi::OnCollection(const Request& request, const Target& target) {
  if (request.method == "POST") return Create(request, target);
  if (request.method != "GET") {
    return KcpError(405, "MethodNotAllowed", "not on a collection");
  }
  if (IsTrue(FieldOf(request.query, "watch"))) return Watch(request, target);
  return List(request, target);
}

Response KcpApi::OnObject(const Request& request, const Target& target) {
  if (request.method == "GET") {
    const absl::StatusOr<ObjectPtr> object = cloud_.Get(target.key);
    if (!object.ok()) return KcpError(object.status());
    return JsonResponse(200, ToKcpJson(**object, *target.kind));
  }
  if (request.method == "PUT" || request.method == "PATCH") {
    return Change(request, target);
  }
  if (request.method == "DELETE") return Delete(request, target);
  return KcpError(405, "MethodNotAllowed", "not on an object");
}

Response KcpApi::List(const Request& request, const Target& target) {
  const absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse(FieldOf(request.query, "labelSelector"));
  if (!selector.ok()) {
    return KcpError(400, "BadRequest", selector.status().message());
  }
  const std::string name = NameSelected(request);
  const int64_t version = cloud_.resource_version();
  std::string items;
  for (const ObjectPtr& object : cloud_.List(
           target.key.kind, target.key.project, target.key.region, *selector)) {
    if (!name.empty() && object->key.id != name) continue;
    if (!items.empty()) items += ',';
    items += ToKcpJson(*object, *target.kind).Dump();
  }
  return {.body =
              absl::StrCat(R"({"apiVersion":")", KcpApiVersion(*target.kind),
                           R"(","kind":")", target.kind->name,
                           R"(List","metadata":{"resourceVersion":")", version,
                           R"("},"items":[)", items, "]}")};
}

Response KcpApi::Watch(const Request& request, const Target& target) {
  absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse(FieldOf(request.query, "labelSelector"));
  if (!selector.ok()) {
    return KcpError(400, "BadRequest", selector.status().message());
  }
  WatchOptions options{
      .kind = target.kind,
      .project = target.key.project,
      .region = target.key.region,
      .selector = *std::move(selector),
      .name = NameSelected(request),
      .since = VersionOf(request),
      .bookmarks = IsTrue(FieldOf(request.query, "allowWatchBookmarks")),
      .timeout = kLongestWatch};
  int seconds = 0;
  if (absl::SimpleAtoi(FieldOf(request.query, "timeoutSeconds"), &seconds) &&
      seconds > 0) {
    options.timeout = std::min(options.timeout, absl::Seconds(seconds));
  }
  Response response;
  response.stream = [this, options = std::move(options)](
                        const CallContext& context,
                        const Response::Write& write) {
    RunWatch(cloud_, options, context, write);
  };
  return response;
}

Response KcpApi::Create(const Request& request, const Target& target) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !body->view().is_object()) {
    return KcpError(400, "BadRequest", "the body is no JSON object");
  }
  if ((*body)["apiVersion"].String() != KcpApiVersion(*target.kind) ||
      (*body)["kind"].String() != target.kind->name) {
    return KcpError(400, "BadRequest",
                    "apiVersion or kind do not fit the route");
  }
  Key key = target.key;
  key.id = std::string(body->At("metadata.name").String());
  absl::StatusOr<Draft> draft = ParseDraft(*body, key, cloud_.settings());
  if (!draft.ok()) return KcpError(draft.status());
  const absl::StatusOr<Written> written = cloud_.Create(key, *std::move(draft));
  if (!written.ok()) return KcpError(written.status());
  return JsonResponse(201, ToKcpJson(*written->object, *target.kind));
}

Response KcpApi::Change(const Request& request, const Target& target) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !body->view().is_object()) {
    return KcpError(400, "BadRequest", "the body is no JSON object");
  }
  const absl::StatusOr<ObjectPtr> current = cloud_.Get(target.key);
  if (!current.ok()) return KcpError(current.status());
  const bool merges = request.method == "PATCH";
  if (merges && !absl::StartsWith(FindHeader(request.headers, "Content-Type"),
                                  "application/merge-patch+json")) {
    return KcpError(415, "UnsupportedMediaType", "send a merge patch");
  }
  Json next = merges ? ToKcpJson(**current, *target.kind) : Json::Object();
  next.MergePatch(*body);
  Revision revision{
      .spec = SpecFromKcp(target.key, next["spec"], current->get()),
      .labels = Json::Object(),
      .replaces = true};
  if (next.At("metadata.labels").is_object()) {
    revision.labels = Json(next.At("metadata.labels"));
  }
  revision.resource_version =
      std::string(body->At("metadata.resourceVersion").String());
  const absl::StatusOr<Written> written = cloud_.Update(target.key, revision);
  if (!written.ok()) return KcpError(written.status());
  return JsonResponse(200, ToKcpJson(*written->object, *target.kind));
}

// The body, if there is one, is of the kind DeleteOptions.
Response KcpApi::Delete(const Request& request, const Target& target) {
  const absl::StatusOr<Json> options = Json::Parse(request.body);
  const std::string uid(options.ok() ? options->At("preconditions.uid").String()
                                     : "");
  const absl::StatusOr<ObjectPtr> object = cloud_.Delete(target.key, uid);
  if (!object.ok()) return KcpError(object.status());
  return JsonResponse(200, ToKcpJson(**object, *target.kind));
}

}  // namespace evroc::sim
