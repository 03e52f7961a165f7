#include "services/evroc/api/catalogue_name.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxName = 100;

std::optional<ImageName> ParseReference(absl::string_view text) {
  const std::vector<std::string> words = absl::StrSplit(text, '/');
  if (!std::all_of(words.begin() + 1, words.end(), IsCatalogueName)) {
    return std::nullopt;
  }
  if (words.size() == 6 &&
      absl::StartsWith(text, "/compute/global/diskImages/evroc/")) {
    return ImageName{.name = words[5]};
  }
  if (words.size() == 8 && words[1] == "compute" && words[2] == "projects" &&
      words[4] == "regions" && words[6] == "customDiskImages") {
    return ImageName{.name = words[7],
                     .custom = true,
                     .project = words[3],
                     .region = words[5]};
  }
  return std::nullopt;
}

}  // namespace

bool IsCatalogueName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxName &&
         absl::ascii_isalnum(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '.' || c == '-' || c == '_';
         });
}

bool IsCustomImage(absl::string_view image) {
  return absl::StartsWith(image, kCustomImagePrefix);
}

std::optional<ImageName> ParseImageName(absl::string_view text) {
  if (absl::StartsWith(text, "/")) return ParseReference(text);
  const bool custom = absl::ConsumePrefix(&text, kCustomImagePrefix);
  if (!IsCatalogueName(text)) return std::nullopt;
  return ImageName{.name = std::string(text), .custom = custom};
}

}  // namespace evroc::cloud
