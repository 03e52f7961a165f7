// Writes the objects of one resource, by minimal merge patches, or none if
// nothing changes. Each answer is stored in the cache at once, so the next
// reconcile sees it. Thread-safe.

#ifndef SHIM_CONTROLLER_OBJECT_WRITER_H_
#define SHIM_CONTROLLER_OBJECT_WRITER_H_

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/cache/object_store.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

// T has `meta`, and `status` with Encode() if WriteStatus is used.
template <typename T>
class ObjectWriter {
 public:
  using Pointer = std::shared_ptr<const T>;

  ObjectWriter(KubeClient& client, const ResourceType& type,
               ObjectStore<T>& store, T (*decode)(JsonView))
      : client_(client), type_(type), store_(store), decode_(decode) {}

  // Applies a merge patch to the object, or to its status, and returns the
  // written object. The patch carries the resourceVersion of `read`, since
  // merge patches replace lists (ADR 9). ABORTED after a lost update; the cache
  // then has the newer object. NOT_FOUND if a list lacks it too, and then it
  // leaves the cache. Annotations that `read` has in memory alone, as they
  // could not be written, stay in the object that is returned.
  absl::StatusOr<Pointer> Patch(const CallContext& context, const T& read,
                                absl::string_view subresource, Json patch) {
    patch.SetAt("metadata.resourceVersion", read.meta.resource_version);
    const absl::StatusOr<Json> written =
        client_.Patch(context, type_, read.meta.key, subresource, patch);
    if (written.ok()) return WithAnnotationsOf(read, patch, Take(*written));
    if (absl::IsAborted(written.status())) Refresh(context, read.meta.key);
    if (absl::IsNotFound(written.status())) {
      EVROC_RETURN_IF_ERROR(ConfirmGone(context, read, written.status()));
    }
    return written.status();
  }

  // Writes the difference between the status of `read` and `status`. Returns
  // the written object, or `read` if they are equal. Errors as Patch.
  template <typename Status>
  absl::StatusOr<Pointer> WriteStatus(const CallContext& context, Pointer read,
                                      const Status& status) {
    std::optional<Json> difference =
        MergePatchBetween(read->status.Encode(), status.Encode());
    if (!difference.has_value()) return read;
    Json patch = Json::Object();
    patch.Set("status", *std::move(difference));
    return Patch(context, *read, "status", std::move(patch));
  }

  // Reads the object again before a deletion in the cloud, since watches of
  // several resources have no common order. Null if the deletion must not
  // proceed: the object is gone, was replaced or moved away, is paused, or has
  // lost the finalizer.
  absl::StatusOr<Pointer> ConfirmDeleting(const CallContext& context,
                                          const T& read,
                                          absl::string_view finalizer) {
    const absl::StatusOr<Json> object =
        client_.Get(context, type_, read.meta.key);
    if (absl::IsNotFound(object.status())) {
      EVROC_RETURN_IF_ERROR(ConfirmGone(context, read, object.status()));
      return Pointer();
    }
    if (!object.ok()) return object.status();
    Pointer live = Take(*object);
    const ObjectMeta& meta = live->meta;
    const bool ours = meta.uid == read.meta.uid && meta.deleting &&
                      !meta.paused && meta.HasFinalizer(finalizer);
    return ours ? live : Pointer();
  }

  // OK also if the object is gone, before or after it.
  absl::Status RemoveFinalizers(
      const CallContext& context, const T& read,
      std::initializer_list<absl::string_view> finalizers) {
    auto left = read.meta.finalizers;
    for (const absl::string_view finalizer : finalizers) {
      std::erase(left, finalizer);
    }
    if (left == read.meta.finalizers) return absl::OkStatus();
    Json patch = Json::Object();
    patch.SetAt("metadata.finalizers", WriteTexts(left));
    const absl::Status status =
        Patch(context, read, "", std::move(patch)).status();
    return absl::IsNotFound(status) ? absl::OkStatus() : status;
  }

 private:
  // What was written is `read` and the patch, by its resourceVersion: any other
  // difference is in memory alone.
  static Pointer WithAnnotationsOf(const T& read, const Json& patch,
                                   Pointer written) {
    const JsonView patched = patch.At("metadata.annotations");
    Annotations believed = written->meta.annotations;
    for (const auto& [name, value] : read.meta.annotations) {
      if (!patched[name.str()].exists()) believed[name] = value;
    }
    if (believed == written->meta.annotations) return written;
    T object = *written;
    object.meta.annotations = std::move(believed);
    return std::make_shared<const T>(std::move(object));
  }

  Pointer Take(const Json& object) {
    T decoded = decode_(object);
    Pointer taken = std::make_shared<const T>(decoded);
    // Without its last finalizer the object is gone; the watch event follows.
    if (taken->meta.deleting && taken->meta.finalizers.empty()) {
      store_.Remove(taken->meta.key, taken->meta.uid);
    } else {
      store_.Upsert(std::move(decoded));
    }
    return taken;
  }

  // OK if the object is gone, which then leaves the cache. That is for good,
  // and a webhook or a proxy may answer 404 too: only a list that lacks it says
  // so. UNAVAILABLE if it is there.
  absl::Status ConfirmGone(const CallContext& context, const T& read,
                           const absl::Status& not_found) {
    const ObjectMeta& meta = read.meta;
    bool is_there = false;
    const auto look = [&](const Json& object) {
      T decoded = decode_(object);
      is_there |= decoded.meta.uid == meta.uid;
      store_.Upsert(std::move(decoded));
      return absl::OkStatus();
    };
    EVROC_ASSIGN_OR_RETURN(
        const std::string version,
        client_.List(context, type_,
                     {.name_space = meta.key.name_space,
                      .label_selector = {},
                      .field_selector =
                          absl::StrCat("metadata.name=", meta.key.name.str())},
                     look));
    if (is_there) {
      return MakeError(absl::StatusCode::kUnavailable,
                       absl::StrCat(not_found.message(), ", but it is there"),
                       DetailsOf(not_found));
    }
    store_.Remove(meta.key, meta.uid, version);
    return absl::OkStatus();
  }

  void Refresh(const CallContext& context, const ObjectKey& key) {
    const absl::StatusOr<Json> object = client_.Get(context, type_, key);
    if (object.ok()) store_.Upsert(decode_(*object));
  }

  KubeClient& client_;
  const ResourceType type_;
  ObjectStore<T>& store_;
  T (*const decode_)(JsonView);
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_OBJECT_WRITER_H_
