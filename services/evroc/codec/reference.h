// Converts references between objects to and from REST: full paths without an
// API version (evroc-api.md B.4). In this program an object of the scope's
// project and region is its bare id, any other its full path. Pure functions.

#ifndef SERVICES_EVROC_CODEC_REFERENCE_H_
#define SERVICES_EVROC_CODEC_REFERENCE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/kinds.h"

namespace evroc::cloud {

// The project and region that an API serves.
struct RestScope {
  std::string project;
  std::string region;
};

// Returns the path of an object; `id` itself if it is already a full path.
std::string ToPath(const RestScope& scope, const KindInfo& kind,
                   absl::string_view id);

// The inverse. A path that is not of `kind` in `scope` is returned unchanged.
std::string FromPath(const RestScope& scope, const KindInfo& kind,
                     absl::string_view path);

// Catalogue entries by name: "/compute/global/computeProfiles/a1a.s".
std::string ProfileToPath(absl::string_view name);
std::string ProfileFromPath(absl::string_view path);

// Images as Disk::image has them: "/compute/global/diskImages/evroc/
// ubuntu.24-04.1" and "/compute/projects/p/regions/r/customDiskImages/golden".
std::string ImageToPath(const RestScope& scope, absl::string_view image);
std::string ImageFromPath(const RestScope& scope, absl::string_view path);

template <typename T>
Json Reference(const RestScope& scope, const Id<T>& id) {
  return ToPath(scope, kKindInfo<T>, id.value());
}

template <typename T>
Json References(const RestScope& scope, const std::vector<Id<T>>& ids) {
  Json array = Json::Array();
  for (const Id<T>& id : ids) array.Push(Reference(scope, id));
  return array;
}

// Sets the member unless `id` is empty.
template <typename T>
void SetReference(const RestScope& scope, Json& object, absl::string_view path,
                  const Id<T>& id) {
  if (!id.empty()) object.SetAt(path, Reference(scope, id));
}

// Empty unless it is a string.
template <typename T>
void Read(const RestScope& scope, JsonView value, Id<T>& out) {
  out = Id<T>(FromPath(scope, kKindInfo<T>, value.String()));
}

// Skips elements that are not strings.
template <typename T>
void Read(const RestScope& scope, JsonView value, std::vector<Id<T>>& out) {
  out.clear();
  for (size_t i = 0; i < value.size(); ++i) {
    if (!value[i].is_string()) continue;
    Read(scope, value[i], out.emplace_back());
  }
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CODEC_REFERENCE_H_
