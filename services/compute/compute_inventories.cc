#include "services/compute/compute_inventories.h"

#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

cloud::InventoryOptions Options(const cloud::Pace& pace) {
  return {.selector = cloud::ManagedSelector(), .pace = pace};
}

}  // namespace

ComputeInventories::ComputeInventories(cloud::ComputeApi& api,
                                       const cloud::Pace& pace, Clock& clock,
                                       const OnNews& on_news)
    : scheduler(pace.pollers, clock),
      machines(api.virtual_machines(), Options(pace), scheduler, clock,
               on_news),
      disks(api.disks(), Options(pace), scheduler, clock, on_news),
      attachments(api.hotswap_attachments(), Options(pace), scheduler, clock,
                  on_news) {}

}  // namespace evroc::compute
