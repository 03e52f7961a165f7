// Keeps the annotations that say what an object has in the cloud: they survive
// `clusterctl move`, and their copy in the status survives a `kubectl replace`
// that strips metadata (ADR 28); and the finalizer, by which nothing of it is
// forgotten. Stateless functions.

#ifndef SHIM_RECONCILE_IDENTITY_KEPT_ANNOTATIONS_H_
#define SHIM_RECONCILE_IDENTITY_KEPT_ANNOTATIONS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/time/call_context.h"
#include "shim/cache/json_fields.h"
#include "shim/cache/object_meta.h"
#include "shim/controller/object_writer.h"

namespace evroc::shim {

// Those of `meta` that are kept: ids, the recorded cloud and VM, role, zone,
// names, and what a take-over keeps.
Annotations KeptAnnotations(const ObjectMeta& meta);

// The difference from the annotations of `meta` to what is `kept` of them in
// the status, which people do not write: empty if they are the same.
Json LostAnnotations(const ObjectMeta& meta, const Annotations& kept);

// The value of one of them, also while the annotation is lost or changed.
template <typename T>
absl::string_view KeptAnnotation(const T& object, absl::string_view name) {
  const auto kept = object.status.annotations.find(name);
  if (kept == object.status.annotations.end() || kept->second.empty()) {
    return object.meta.Annotation(name);
  }
  return kept->second;
}

// The owner id, also while its annotation is lost or changed.
template <typename T>
absl::string_view KeptIdOf(const T& object) {
  const absl::string_view kept = KeptAnnotation(object, kOwnerIdAnnotation);
  return kept.empty() ? OwnerIdOf(object.meta) : kept;
}

// Writes back what was lost of the annotations of an object, and `finalizer` if
// it is missing (empty: none is written), whatever becomes of the reconcile.
// Returns the object as it is then. Errors of ObjectWriter::Patch.
template <typename T>
absl::StatusOr<std::shared_ptr<const T>> RestoreMarks(
    const CallContext& context, ObjectWriter<T>& writer,
    std::shared_ptr<const T> object, absl::string_view finalizer) {
  Json patch = Json::Object();
  Json lost = LostAnnotations(object->meta, object->status.annotations);
  if (lost != Json::Object()) {
    patch.SetAt("metadata.annotations", std::move(lost));
  }
  if (!finalizer.empty() && !object->meta.HasFinalizer(finalizer)) {
    auto finalizers = object->meta.finalizers;
    finalizers.emplace_back(finalizer);
    patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  }
  if (patch == Json::Object()) return object;
  return writer.Patch(context, *object, "", std::move(patch));
}

// The object as it would be with what is kept, where that can't be written.
template <typename T>
std::shared_ptr<const T> WithKeptAnnotations(T object) {
  const Json lost = LostAnnotations(object.meta, object.status.annotations);
  for (const auto& [name, value] : object.status.annotations) {
    if (lost[name].is_string()) object.meta.annotations[name] = value;
  }
  return std::make_shared<const T>(std::move(object));
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_KEPT_ANNOTATIONS_H_
