// The inventories of all collections that the compute service manages, for one
// scope, and what it remembers of its placement groups. Thread-safe.

#ifndef SERVICES_COMPUTE_COMPUTE_INVENTORIES_H_
#define SERVICES_COMPUTE_COMPUTE_INVENTORIES_H_

#include <functional>
#include <memory>
#include <set>

#include "services/compute/placement/spread_groups.h"
#include "services/evroc/api/compute_api.h"
#include "services/inventory/inventory.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/polling/poll_scheduler.h"

namespace evroc::compute {

class ComputeInventories {
 public:
  using OnOwnersChanged = std::function<void(const std::set<cloud::OwnerKey>&)>;

  // `api` and `clock` must outlive the inventories. `on_owners_changed` as
  // Inventory::OnOwnersChanged.
  ComputeInventories(cloud::ComputeApi& api,
                     const cloud::PollIntervals& poll_intervals, Clock& clock,
                     const OnOwnersChanged& on_owners_changed);

  const std::shared_ptr<cloud::PollScheduler> scheduler;
  cloud::Inventory<cloud::VirtualMachine> machines;
  cloud::Inventory<cloud::Disk> disks;
  cloud::Inventory<cloud::HotswapAttachment> attachments;
  // Never watched: they matter when a machine is made or deleted.
  cloud::Inventory<cloud::PlacementGroup> groups;

  SpreadGroups spread_groups;
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_COMPUTE_INVENTORIES_H_
