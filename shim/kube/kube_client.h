// The Kubernetes API as the rest of the shim sees it: verbs on JSON objects.
//
// HttpKubeClient is the real one, FakeKubeClient the one for tests. Nothing is
// cached. Thread-safe, every implementation.
//
// Errors of all methods, with the server's own message (never a Secret's
// content): NOT_FOUND (404 about the object), ALREADY_EXISTS (409 reason
// AlreadyExists), ABORTED (409: a lost update), INVALID_ARGUMENT (400, 413,
// 415, 422), OUT_OF_RANGE (410: the resourceVersion is too old),
// UNAUTHENTICATED (401), PERMISSION_DENIED (403), RESOURCE_EXHAUSTED (429,
// after the client's own repeats), UNAVAILABLE (5xx, no connection, a resource
// that the server does not have yet), DEADLINE_EXCEEDED, CANCELLED.
// ErrorDetails says retry_after and the fields at fault.

#ifndef SHIM_KUBE_KUBE_CLIENT_H_
#define SHIM_KUBE_KUBE_CLIENT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/time/call_context.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// Which objects of a resource a list or watch is about.
struct Selection {
  std::string name_space;      // empty: all
  std::string label_selector;  // as in the API; empty: all
  std::string field_selector;  // as in the API; empty: all
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark } type;
  // The object; of a bookmark only metadata.resourceVersion counts.
  Json object;
};

// Takes what arrives, on the thread that called. An error ends the call with
// that error.
using ObjectSink = std::function<absl::Status(Json object)>;
using EventSink = std::function<absl::Status(WatchEvent event)>;

class KubeClient {
 public:
  virtual ~KubeClient() = default;

  virtual absl::StatusOr<Json> Get(const CallContext& context,
                                   const ResourceType& type,
                                   const ObjectKey& key) = 0;

  // Hands out every selected object, page by page, and returns the list's
  // resourceVersion, from which Watch goes on. A list that has to begin anew
  // (410 between pages) fails with OUT_OF_RANGE: what was handed out is void.
  virtual absl::StatusOr<std::string> List(const CallContext& context,
                                           const ResourceType& type,
                                           const Selection& selection,
                                           const ObjectSink& sink) = 0;

  // Hands out what happens after `resource_version`, with bookmarks, until the
  // server ends the stream (OK: watch again from the last resourceVersion
  // seen), the call is cancelled, or an error: OUT_OF_RANGE means list again.
  // With an empty `resource_version` it begins with kAdded for each object that
  // the server knows of, perhaps as it was a moment ago, and has no bookmarks:
  // for who may watch and not list.
  virtual absl::Status Watch(const CallContext& context,
                             const ResourceType& type,
                             const Selection& selection,
                             const std::string& resource_version,
                             const EventSink& sink) = 0;

  // Makes an object; `object` has apiVersion, kind and metadata.
  virtual absl::StatusOr<Json> Create(const CallContext& context,
                                      const ResourceType& type,
                                      const Json& object) = 0;

  // Replaces an object; metadata.resourceVersion in it must be the one that
  // was read, else ABORTED.
  virtual absl::StatusOr<Json> Update(const CallContext& context,
                                      const ResourceType& type,
                                      const Json& object) = 0;

  // Applies a JSON merge patch, to the object itself or (`subresource` =
  // "status") to its status. With metadata.resourceVersion in the patch it
  // fails with ABORTED if the object has changed since. Returns the object
  // after it.
  virtual absl::StatusOr<Json> Patch(const CallContext& context,
                                     const ResourceType& type,
                                     const ObjectKey& key,
                                     absl::string_view subresource,
                                     const Json& patch) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_CLIENT_H_
