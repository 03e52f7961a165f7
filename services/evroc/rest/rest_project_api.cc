#include "services/evroc/rest/rest_project_api.h"

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/http/json_calls.h"

namespace evroc::cloud {

// Of the global collections only this one is read (evroc-api.md B.1). Not every
// role may read it: what the provider does elsewhere needs none that does.
absl::StatusOr<std::string> RestProjectApi::Uid(const CallContext& context) {
  const std::string& project = channel_.scope.project;
  const HttpRequest request{
      .method = "GET",
      .url = JoinUrl(
          channel_.base_url,
          absl::StrCat("/iam/v1beta1/projects/", EscapeUrlComponent(project))),
      .headers = {{"Accept", "application/json"}},
      .route = "/iam/v1beta1/projects/{project}",
      .repeatable = true};
  const absl::StatusOr<Json> body =
      CallForObject(channel_.http, context, request,
                    {Verb::kGet, absl::StrCat("Project ", project)});
  if (absl::IsNotFound(body.status()) || LeavesExistenceOpen(body.status())) {
    return std::string();
  }
  if (!body.ok()) return body.status();
  const absl::string_view uid = body->At("metadata.uid").String();
  if (uid.empty()) {
    return SenselessAnswer(absl::InternalError("it has no UID"),
                           absl::StrCat("Project ", project));
  }
  return std::string(uid);
}

}  // namespace evroc::cloud
