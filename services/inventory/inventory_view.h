// Answers reads of a collection.
//
// ReadThroughView asks the cloud and remembers an answer for a few seconds;
// WatchedView answers from a memory that it keeps up to date. An Inventory uses
// one or the other. Both are thread-safe.

#ifndef SERVICES_INVENTORY_INVENTORY_VIEW_H_
#define SERVICES_INVENTORY_INVENTORY_VIEW_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/evroc/api/id.h"
#include "services/inventory/inventory_memory.h"

namespace evroc::cloud {

template <typename T>
class InventoryView {
 public:
  virtual ~InventoryView() = default;

  // Returns the object, or nothing if it does not exist. Errors of FindObject.
  virtual absl::StatusOr<std::optional<Known<T>>> Get(
      const CallContext& context, const Id<T>& id) = 0;
  // As Get, but the cloud is asked before it answers "nothing": a call with
  // another credential may have created the object since the last list.
  virtual absl::StatusOr<std::optional<Known<T>>> GetFreshIfMissing(
      const CallContext& context, const Id<T>& id) = 0;
  // Returns everything of a cluster, including its machines' objects. Errors of
  // List.
  virtual absl::StatusOr<std::vector<Known<T>>> ListByCluster(
      const CallContext& context, const std::string& cluster_id) = 0;
  // Returns everything in the collection. Errors of List.
  virtual absl::StatusOr<std::vector<Known<T>>> ListAll(
      const CallContext& context) = 0;
  // Asks the cloud for everything of an owner, of a cluster with its machines,
  // unless the memory is known to be up to date.
  virtual absl::Status RefreshIfStale(const CallContext& context,
                                      const OwnerKey& owner) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_INVENTORY_VIEW_H_
