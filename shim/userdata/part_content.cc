#include "shim/userdata/part_content.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/yaml/yaml.h"
#include "shim/userdata/user_data_kind.h"

namespace evroc::shim {
namespace {

void AddConfig(absl::string_view text, PartContent& content) {
  absl::StatusOr<Json> config = ParseYaml(text);
  if (!config.ok()) {
    content.unreadable = std::string(config.status().message());
  } else if (config->view().is_object()) {
    content.fixed_merge |=
        (*config)["merge_how"].exists() || (*config)["merge_type"].exists();
    content.configs.push_back(*std::move(config));
  } else if (!config->view().is_null()) {
    content.unreadable = "not a mapping";
  }
}

// A template is read as it stands there: its expressions are in values, as the
// bootstrap providers write them.
void AddTemplate(absl::string_view text, PartContent& content) {
  const absl::string_view rendered = WithoutJinjaHeader(text);
  switch (KindOf(rendered)) {
    case UserDataKind::kCloudConfig:
      AddConfig(rendered, content);
      if (!content.unreadable.empty()) {
        absl::StrAppend(&content.unreadable, " before Jinja renders it");
      }
      return;
    case UserDataKind::kScript:
    case UserDataKind::kBootHook:
      return;
    default:
      content.unreadable = "no cloud-config or script before Jinja renders it";
  }
}

void AddText(UserDataKind kind, absl::string_view text, PartContent& content);

void AddArchive(absl::string_view text, PartContent& content) {
  content.fixed_merge = true;
  const absl::StatusOr<Json> archive = ParseYaml(text);
  if (!archive.ok() || !archive->view().is_array()) {
    content.unreadable =
        archive.ok() ? "not a list" : std::string(archive.status().message());
    return;
  }
  for (size_t i = 0; i < archive->view().size(); ++i) {
    const JsonView entry = archive->view()[i];
    const absl::string_view type = entry["type"].String();
    const absl::string_view inner =
        entry.is_string() ? entry.String() : entry["content"].String();
    const UserDataKind kind =
        type.empty() ? KindOf(inner) : KindOfContentType(type);
    // Without a type and a first line that is known it is a cloud-config.
    const bool untold = type.empty() && kind == UserDataKind::kUnknown;
    AddText(untold ? UserDataKind::kCloudConfig : kind, inner, content);
  }
}

void AddText(UserDataKind kind, absl::string_view text, PartContent& content) {
  switch (kind) {
    case UserDataKind::kCloudConfig:
      return AddConfig(text, content);
    case UserDataKind::kJinja:
      return AddTemplate(text, content);
    case UserDataKind::kArchive:
      return AddArchive(text, content);
    case UserDataKind::kInclude:
    case UserDataKind::kIncludeOnce:
      content.fetched = true;
      content.fixed_merge = true;
      return;
    default:  // brings no configuration
      return;
  }
}

// As cloud-init: some types say too little, and the first line tells.
UserDataKind KindOfPart(absl::string_view type, absl::string_view text) {
  if (type.empty() || type == "text/plain" || type == "text/x-not-multipart" ||
      type == ContentTypeOf(UserDataKind::kScript)) {
    return KindOf(text);
  }
  return KindOfContentType(type);
}

}  // namespace

PartContent ContentOf(const MimePart& part) {
  PartContent content;
  const std::string type = MimeHeader(part, "Content-Type");
  if (absl::StartsWith(type, "application/") &&
      (absl::StrContains(type, "zip") || absl::StrContains(type, "compress"))) {
    // cloud-init drops the headers of such a part.
    content.fixed_merge = true;
    content.unreadable = "compressed in a MIME message";
    return content;
  }
  const absl::StatusOr<std::string> text = MimeContent(part);
  if (!text.ok()) {
    content.unreadable = std::string(text.status().message());
    return content;
  }
  content.fixed_merge = !MimeHeader(part, "Merge-Type").empty() ||
                        !MimeHeader(part, "X-Merge-Type").empty();
  if (type == "text/cloud-config-jsonp" ||
      absl::StartsWith(*text, "#cloud-config-jsonp")) {
    content.unreadable = "a JSON patch";
    return content;
  }
  AddText(KindOfPart(type, *text), *text, content);
  return content;
}

}  // namespace evroc::shim
