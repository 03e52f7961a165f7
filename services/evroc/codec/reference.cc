#include "services/evroc/codec/reference.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/evroc/api/catalogue_name.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kProfiles = "/compute/global/computeProfiles/";
constexpr absl::string_view kImages = "/compute/global/diskImages/evroc/";

std::string Prefix(const RestScope& scope, const KindInfo& kind) {
  return absl::StrCat("/", kind.service, "/projects/", scope.project,
                      "/regions/", scope.region, "/", kind.collection, "/");
}

bool IsPath(absl::string_view id) { return absl::StartsWith(id, "/"); }

// `path` without `prefix`, if a single name remains.
std::string Strip(absl::string_view path, absl::string_view prefix) {
  absl::string_view name = path;
  const bool single = absl::ConsumePrefix(&name, prefix) && !name.empty() &&
                      name.find('/') == absl::string_view::npos;
  return std::string(single ? name : path);
}

}  // namespace

std::string ToPath(const RestScope& scope, const KindInfo& kind,
                   absl::string_view id) {
  if (IsPath(id)) return std::string(id);
  return absl::StrCat(Prefix(scope, kind), id);
}

std::string FromPath(const RestScope& scope, const KindInfo& kind,
                     absl::string_view path) {
  return Strip(path, Prefix(scope, kind));
}

std::string ProfileToPath(absl::string_view name) {
  return IsPath(name) ? std::string(name) : absl::StrCat(kProfiles, name);
}

std::string ProfileFromPath(absl::string_view path) {
  return Strip(path, kProfiles);
}

std::string ImageToPath(const RestScope& scope, absl::string_view image) {
  if (IsPath(image)) return std::string(image);
  if (absl::ConsumePrefix(&image, kCustomImagePrefix)) {
    return ToPath(scope, kCustomDiskImage, image);
  }
  return absl::StrCat(kImages, image);
}

std::string ImageFromPath(const RestScope& scope, absl::string_view path) {
  const std::string custom = FromPath(scope, kCustomDiskImage, path);
  if (custom != path) return absl::StrCat(kCustomImagePrefix, custom);
  return Strip(path, kImages);
}

}  // namespace evroc::cloud
