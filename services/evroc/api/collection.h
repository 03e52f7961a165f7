// The operations on one collection of cloud objects, independent of the dialect
// of the cloud's API.
//
// RestCollection and KcpCollection are the real implementations, FakeCollection
// the one for tests. Every implementation is thread-safe. Every call ends when
// its context does. Transient failures are retried inside as far as that is
// safe.

#ifndef SERVICES_EVROC_API_COLLECTION_H_
#define SERVICES_EVROC_API_COLLECTION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

template <typename T>
struct Listing {
  std::vector<T> items;
  // Where a watch can start; empty where the API has no watch.
  std::string resource_version;
  // DATA_LOSS: elements are left out that have no id, so that nothing is known
  // of them. What is not among the items may be there all the same.
  absl::Status unread;
};

template <typename T>
struct WatchEvent {
  enum class Type { kChanged, kDeleted, kBookmark };
  Type type = Type::kChanged;
  T object;  // a bookmark sets only metadata.resource_version
};

// Errors of all methods: UNAUTHENTICATED, PERMISSION_DENIED (403, and a 404 of
// Create), RESOURCE_EXHAUSTED (reason QUOTA_EXCEEDED for a 403 that says so,
// THROTTLED for a 429), UNAVAILABLE (no answer, 5xx), DEADLINE_EXCEEDED,
// CANCELLED, INVALID_ARGUMENT (400, 422, a 403 that refuses the request itself;
// FAILED_PRECONDITION if that was a Delete), INTERNAL (an invalid answer),
// UNIMPLEMENTED (the API has no such collection or verb).
template <typename T>
class Collection {
 public:
  virtual ~Collection() = default;

  // Returns the object without the members that only Create sends. NOT_FOUND on
  // a 404 only that says why (http_error.h).
  virtual absl::StatusOr<T> Get(const CallContext& context,
                                const Id<T>& id) = 0;

  // Returns the objects that match `label_selector`, in Kubernetes' syntax; all
  // of them if it is empty. The list is complete, or an error is returned:
  // DATA_LOSS if elements of it can't be read.
  absl::StatusOr<Listing<T>> List(const CallContext& context,
                                  absl::string_view label_selector) {
    absl::StatusOr<Listing<T>> listing = ListReadable(context, label_selector);
    if (listing.ok() && !listing->unread.ok()) return listing->unread;
    return listing;
  }
  // As List, but with elements that can't be read, which Listing::unread tells,
  // it returns the others.
  virtual absl::StatusOr<Listing<T>> ListReadable(
      const CallContext& context, absl::string_view label_selector) = 0;

  // Creates the object from its spec, id and labels, and returns it as the
  // server stores it. ALREADY_EXISTS if the id is taken, possibly by this very
  // call if an answer was lost and the call repeated; the caller reads the
  // object's labels to find out.
  virtual absl::StatusOr<T> Create(const CallContext& context,
                                   const T& object) = 0;

  // Changes the object from `current`, as read, to `wanted`: sends the
  // differences in spec and labels, and returns the object as the server stores
  // it. ABORTED if it changed since `current` was read, NOT_FOUND if it no
  // longer exists. With no difference, makes no call and returns `current`.
  virtual absl::StatusOr<T> Update(const CallContext& context, const T& current,
                                   const T& wanted) = 0;

  // Requests deletion. OK: it is in progress; a later NOT_FOUND of Get confirms
  // it. NOT_FOUND: the object did not exist. FAILED_PRECONDITION, reason
  // IN_USE: refused for now because something uses it, or because the object of
  // that id has another UID than `uid` (empty: any). Only KCP compares UIDs:
  // REST deletes what has the id. Safe to repeat.
  virtual absl::Status Delete(const CallContext& context, const Id<T>& id,
                              const std::string& uid) = 0;

  // Whether Watch is supported.
  virtual bool can_watch() const = 0;

  // Calls `sink`, on this thread, for each change after `resource_version`
  // until the server ends the stream (OK), the context ends, or `sink` returns
  // an error, which is returned. OUT_OF_RANGE: the version is too old, list
  // again. DEADLINE_EXCEEDED: so it is where nothing has come for long, not
  // even a bookmark: the server may be gone. UNIMPLEMENTED unless can_watch().
  virtual absl::Status Watch(
      const CallContext& context, absl::string_view resource_version,
      const std::function<absl::Status(const WatchEvent<T>&)>& sink) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_COLLECTION_H_
