#include "services/compute/compute_inventories.h"

#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

cloud::InventoryOptions Options(const cloud::PollIntervals& poll_intervals) {
  return {.selector = cloud::ManagedSelector(),
          .poll_intervals = poll_intervals};
}

}  // namespace

ComputeInventories::ComputeInventories(
    cloud::ComputeApi& api, const cloud::PollIntervals& poll_intervals,
    Clock& clock, const OnOwnersChanged& on_owners_changed)
    : scheduler(poll_intervals.MakeScheduler(clock)),
      machines(api.virtual_machines(), Options(poll_intervals), *scheduler,
               clock, on_owners_changed),
      disks(api.disks(), Options(poll_intervals), *scheduler, clock,
            on_owners_changed),
      attachments(api.hotswap_attachments(), Options(poll_intervals),
                  *scheduler, clock, on_owners_changed),
      groups(api.placement_groups(), Options(poll_intervals), *scheduler, clock,
             [](const std::set<cloud::OwnerKey>&) {}),
      spread_groups(groups, machines, clock) {}

}  // namespace evroc::compute
