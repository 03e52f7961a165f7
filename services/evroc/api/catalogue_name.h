// The names of profiles and images, in every form in which users write them
// (evroc-api.md B.4, B.5.8). Pure functions.

#ifndef SERVICES_EVROC_API_CATALOGUE_NAME_H_
#define SERVICES_EVROC_API_CATALOGUE_NAME_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc::cloud {

// Whether the text can be a name in a catalogue, and so a part of a path, which
// "." and ".." are not.
bool IsCatalogueName(absl::string_view text);

// Stands before the name of a custom image of the disk's project and region.
inline constexpr absl::string_view kCustomImagePrefix = "custom:";

bool IsCustomImage(absl::string_view image);

struct ImageName {
  std::string name;  // without the prefix
  bool custom = false;
  // Of a custom image; both are empty for the disk's own.
  std::string project;
  std::string region;
  friend bool operator==(const ImageName&, const ImageName&) = default;
};

// Parses "ubuntu.24-04.1", "custom:golden", and the full references of both;
// nullopt for any other text.
std::optional<ImageName> ParseImageName(absl::string_view text);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_CATALOGUE_NAME_H_
