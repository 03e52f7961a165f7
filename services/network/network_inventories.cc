#include "services/network/network_inventories.h"

#include "services/identity/owner_labels.h"

namespace evroc::network {
namespace {

cloud::InventoryOptions Options(const cloud::Pace& pace, std::string selector) {
  return {.selector = std::move(selector), .pace = pace};
}

}  // namespace

// VPCs, subnets and public IPs may be others', and there are few of them; of
// the rest only ours matter.
NetworkInventories::NetworkInventories(cloud::NetworkApi& api,
                                       const cloud::Pace& pace, Clock& clock,
                                       const OnNews& on_news)
    : scheduler(pace.pollers, clock),
      has_load_balancers(api.capabilities().load_balancers),
      vpcs(api.vpcs(), Options(pace, ""), scheduler, clock, on_news),
      subnets(api.subnets(), Options(pace, ""), scheduler, clock, on_news),
      security_groups(api.security_groups(),
                      Options(pace, cloud::ManagedSelector()), scheduler, clock,
                      on_news),
      public_ips(api.public_ips(), Options(pace, ""), scheduler, clock,
                 on_news),
      load_balancers(api.load_balancers(),
                     Options(pace, cloud::ManagedSelector()), scheduler, clock,
                     on_news),
      backend_pools(api.backend_pools(),
                    Options(pace, cloud::ManagedSelector()), scheduler, clock,
                    on_news),
      backend_services(api.backend_services(),
                       Options(pace, cloud::ManagedSelector()), scheduler,
                       clock, on_news),
      l4_routes(api.l4_routes(), Options(pace, cloud::ManagedSelector()),
                scheduler, clock, on_news) {}

}  // namespace evroc::network
