// Answers reads by asking the cloud, and remembers each answer for a few
// seconds. Thread-safe.

#ifndef SERVICES_INVENTORY_READ_THROUGH_VIEW_H_
#define SERVICES_INVENTORY_READ_THROUGH_VIEW_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "services/evroc/api/id.h"
#include "services/inventory/inventory_view.h"
#include "services/inventory/observed_collection.h"

namespace evroc::cloud {

template <typename T>
class ReadThroughView : public InventoryView<T> {
 public:
  // `selector` selects what ListAll returns. An answer counts for `freshness`.
  // `observed` must outlive the view.
  ReadThroughView(ObservedCollection<T>& observed, std::string selector,
                  absl::Duration freshness)
      : observed_(observed),
        selector_(std::move(selector)),
        freshness_(freshness) {}

  absl::StatusOr<std::optional<Known<T>>> Get(const CallContext& context,
                                              const Id<T>& id) override;
  // Get: its "nothing" is an answer of the cloud.
  absl::StatusOr<std::optional<Known<T>>> GetFreshIfMissing(
      const CallContext& context, const Id<T>& id) override {
    return Get(context, id);
  }
  absl::StatusOr<std::vector<Known<T>>> ListByCluster(
      const CallContext& context, const std::string& cluster_id) override;
  absl::StatusOr<std::vector<Known<T>>> ListAll(
      const CallContext& context) override;
  absl::Status RefreshIfStale(const CallContext& context,
                              const OwnerKey& owner) override;

 private:
  using Memory = InventoryMemory<T>;

  // Drops what is too old, then calls `read` with the memory.
  template <typename Read>
  auto ViewFresh(const Read& read);
  // Asks the cloud, and remembers that `cluster_id` (empty: everything) was
  // listed.
  absl::Status List(const CallContext& context, const std::string& cluster_id);

  ObservedCollection<T>& observed_;
  const std::string selector_;
  const absl::Duration freshness_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_READ_THROUGH_VIEW_H_
