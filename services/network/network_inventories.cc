#include "services/network/network_inventories.h"

#include "services/identity/owner_labels.h"

namespace evroc::network {
namespace {

cloud::InventoryOptions Options(const cloud::PollIntervals& poll_intervals,
                                std::string selector) {
  return {.selector = std::move(selector), .poll_intervals = poll_intervals};
}

}  // namespace

// VPCs, subnets and public IPs may have other owners, and there are few of
// them; of the rest only managed objects matter.
NetworkInventories::NetworkInventories(
    cloud::NetworkApi& api, const cloud::PollIntervals& poll_intervals,
    Clock& clock, const OnOwnersChanged& on_owners_changed)
    : scheduler(poll_intervals.MakeScheduler(clock)),
      has_load_balancers(api.capabilities().load_balancers),
      vpcs(api.vpcs(), Options(poll_intervals, ""), *scheduler, clock,
           on_owners_changed),
      subnets(api.subnets(), Options(poll_intervals, ""), *scheduler, clock,
              on_owners_changed),
      security_groups(api.security_groups(),
                      Options(poll_intervals, cloud::ManagedSelector()),
                      *scheduler, clock, on_owners_changed),
      public_ips(api.public_ips(), Options(poll_intervals, ""), *scheduler,
                 clock, on_owners_changed),
      load_balancers(api.load_balancers(),
                     Options(poll_intervals, cloud::ManagedSelector()),
                     *scheduler, clock, on_owners_changed),
      backend_pools(api.backend_pools(),
                    Options(poll_intervals, cloud::ManagedSelector()),
                    *scheduler, clock, on_owners_changed),
      backend_services(api.backend_services(),
                       Options(poll_intervals, cloud::ManagedSelector()),
                       *scheduler, clock, on_owners_changed),
      l4_routes(api.l4_routes(),
                Options(poll_intervals, cloud::ManagedSelector()), *scheduler,
                clock, on_owners_changed) {}

}  // namespace evroc::network
