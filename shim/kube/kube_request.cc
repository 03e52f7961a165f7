#include "shim/kube/kube_request.h"

#include "absl/strings/str_cat.h"
#include "common/http/url.h"

namespace evroc::shim {
namespace {

std::string Prefix(const ResourceType& type) {
  return absl::StrCat(type.group.empty() ? "/api/" : "/apis/",
                      type.ApiVersion());
}

std::string Tail(const KubeTarget& target) {
  return target.subresource.empty() ? ""
                                    : absl::StrCat("/", target.subresource);
}

std::string PathOf(const KubeTarget& target) {
  std::string path = Prefix(target.type);
  if (target.type.namespaced && !target.key.name_space.empty()) {
    absl::StrAppend(&path, "/namespaces/",
                    EscapeUrlComponent(target.key.name_space));
  }
  absl::StrAppend(&path, "/", target.type.plural);
  if (!target.key.name.empty()) {
    absl::StrAppend(&path, "/", EscapeUrlComponent(target.key.name));
  }
  return absl::StrCat(path, Tail(target));
}

std::string RouteOf(const KubeTarget& target) {
  const bool in_namespace =
      target.type.namespaced && !target.key.name_space.empty();
  return absl::StrCat(Prefix(target.type),
                      in_namespace ? "/namespaces/{namespace}/" : "/",
                      target.type.plural,
                      target.key.name.empty() ? "" : "/{name}", Tail(target));
}

}  // namespace

HttpRequest MakeKubeRequest(absl::string_view method, absl::string_view server,
                            const KubeTarget& target, const Query& query) {
  std::string url = JoinUrl(server, PathOf(target));
  if (!query.empty()) absl::StrAppend(&url, "?", EncodeForm(query));
  return {.method = std::string(method),
          .url = std::move(url),
          .headers = {{"Accept", "application/json"}},
          .route = RouteOf(target),
          .repeatable = method == "GET"};
}

Query SelectorsOf(const Selection& selection) {
  Query query;
  if (!selection.label_selector.empty()) {
    query.emplace_back("labelSelector", selection.label_selector);
  }
  if (!selection.field_selector.empty()) {
    query.emplace_back("fieldSelector", selection.field_selector);
  }
  return query;
}

std::string DescribeAction(absl::string_view verb, const KubeTarget& target) {
  std::string text = absl::StrCat(verb, " ", target.type.plural, Tail(target));
  const std::string object = ToString(target.key);
  if (!target.key.name.empty()) absl::StrAppend(&text, " ", object);
  return text;
}

}  // namespace evroc::shim
