// The Kubernetes API as the rest of the shim sees it: verbs on JSON objects.
//
// HttpKubeClient is the real implementation, FakeKubeClient the one for tests.
// Nothing is cached. Every implementation is thread-safe.
//
// Errors of all methods, with the server's own message (never a Secret's
// content): NOT_FOUND (404 about the object), ALREADY_EXISTS (409 reason
// AlreadyExists), ABORTED (409: a lost update), INVALID_ARGUMENT (400, 413,
// 415, 422), OUT_OF_RANGE (410: the resourceVersion is too old),
// UNAUTHENTICATED (401), PERMISSION_DENIED (403), RESOURCE_EXHAUSTED (429,
// after the client's own repeats), UNAVAILABLE (5xx, no connection, a resource
// that the server does not have yet), DEADLINE_EXCEEDED, CANCELLED.
// ErrorDetails has retry_after and the invalid fields.

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

// Selects the objects of a resource for a list or watch.
struct Selection {
  std::string name_space;      // empty: all
  std::string label_selector;  // as in the API; empty: all
  std::string field_selector;  // as in the API; empty: all
  // The objects have their metadata alone: no Secret's content, for one.
  bool metadata_only = false;
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark } type;
  // The object; a bookmark has only metadata.resourceVersion.
  Json object;
};

// Called with each arriving object or event, on the calling thread. An error
// ends the call with that error.
using ObjectSink = std::function<absl::Status(Json object)>;
using EventSink = std::function<absl::Status(WatchEvent event)>;

class KubeClient {
 public:
  virtual ~KubeClient() = default;

  virtual absl::StatusOr<Json> Get(const CallContext& context,
                                   const ResourceType& type,
                                   const ObjectKey& key) = 0;

  // Passes every selected object to `sink`, page by page, and returns the
  // list's resourceVersion, from which Watch continues. A list that has to
  // start again (410 between pages) fails with OUT_OF_RANGE; the objects passed
  // so far are void.
  virtual absl::StatusOr<std::string> List(const CallContext& context,
                                           const ResourceType& type,
                                           const Selection& selection,
                                           const ObjectSink& sink) = 0;

  // Passes each change after `resource_version` to `sink`, with bookmarks,
  // until the server ends the stream (OK: watch again from the last
  // resourceVersion seen), the call is cancelled, or an error: OUT_OF_RANGE
  // means list again, and so does DEADLINE_EXCEEDED: the server has said
  // nothing for so long that it may be gone. With an empty `resource_version`
  // it starts with kAdded for each object in the server's cache, which may be
  // slightly stale, and has no bookmarks: for callers that may watch but not
  // list.
  virtual absl::Status Watch(const CallContext& context,
                             const ResourceType& type,
                             const Selection& selection,
                             const std::string& resource_version,
                             const EventSink& sink) = 0;

  // Creates an object and returns it; `object` has apiVersion, kind and
  // metadata.
  virtual absl::StatusOr<Json> Create(const CallContext& context,
                                      const ResourceType& type,
                                      const Json& object) = 0;

  // Replaces an object and returns it. ABORTED if its metadata.resourceVersion
  // is not the current one.
  virtual absl::StatusOr<Json> Update(const CallContext& context,
                                      const ResourceType& type,
                                      const Json& object) = 0;

  // Applies a JSON merge patch, to the object itself or (`subresource` =
  // "status") to its status, and returns the patched object. ABORTED if the
  // patch has a metadata.resourceVersion that is not the current one.
  virtual absl::StatusOr<Json> Patch(const CallContext& context,
                                     const ResourceType& type,
                                     const ObjectKey& key,
                                     absl::string_view subresource,
                                     const Json& patch) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_CLIENT_H_
