#include "shim/kube/watch_decoder.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/json/json.h"

namespace evroc::shim {
namespace {

std::optional<WatchEvent::Type> TypeOf(absl::string_view name) {
  if (name == "ADDED") return WatchEvent::Type::kAdded;
  if (name == "MODIFIED") return WatchEvent::Type::kModified;
  if (name == "DELETED") return WatchEvent::Type::kDeleted;
  if (name == "BOOKMARK") return WatchEvent::Type::kBookmark;
  return std::nullopt;
}

const Json& NoManagedFields() {
  static const auto* const patch = new Json(
      Json::Object({{"metadata", Json::Object({{"managedFields", Json()}})}}));
  return *patch;
}

}  // namespace

WatchDecoder::WatchDecoder(std::string action, Disclosure disclosure,
                           const EventSink& sink)
    : action_(std::move(action)),
      disclosure_(disclosure),
      sink_(sink),
      lines_([this](absl::string_view line) { return Take(line); }) {}

absl::Status WatchDecoder::Feed(absl::string_view piece) {
  status_ = lines_.Feed(piece);
  return status_;
}

absl::Status WatchDecoder::Take(absl::string_view line) {
  const absl::StatusOr<Json> json = Json::Parse(line);
  if (!json.ok()) {
    return absl::UnavailableError(
        absl::StrCat(action_, ": an event is no JSON"));
  }
  const JsonView object = (*json)["object"];
  const absl::string_view name = (*json)["type"].String();
  if (name == "ERROR") return KubeErrorOfStatus(object, action_, disclosure_);
  const std::optional<WatchEvent::Type> type = TypeOf(name);
  if (!type.has_value() || !object.is_object()) {
    return absl::UnavailableError(
        absl::StrCat(action_, ": an event of no known type"));
  }
  if (*type != WatchEvent::Type::kBookmark &&
      object.At("metadata.name").String().empty()) {
    return absl::UnavailableError(
        absl::StrCat(action_, ": an event is about no object"));
  }
  WatchEvent event{*type, Json(object)};
  if (object.At("metadata.managedFields").exists()) {
    event.object.MergePatch(NoManagedFields());
  }
  return sink_(std::move(event));
}

}  // namespace evroc::shim
