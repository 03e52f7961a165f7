// The inventories of all collections that the network service manages, for one
// scope. Thread-safe.

#ifndef SERVICES_NETWORK_NETWORK_INVENTORIES_H_
#define SERVICES_NETWORK_NETWORK_INVENTORIES_H_

#include <functional>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "services/evroc/api/network_api.h"
#include "services/inventory/inventory.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/polling/poll_scheduler.h"

namespace evroc::network {

class NetworkInventories {
 public:
  using OnOwnersChanged = std::function<void(const std::set<cloud::OwnerKey>&)>;

  // `api` and `clock` must outlive the inventories. `on_owners_changed` as
  // Inventory::OnOwnersChanged.
  NetworkInventories(cloud::NetworkApi& api,
                     const cloud::PollIntervals& poll_intervals, Clock& clock,
                     const OnOwnersChanged& on_owners_changed);

  // Calls `visit` with each inventory.
  template <typename Visitor>
  void ForEach(const Visitor& visit) {
    visit(vpcs);
    visit(subnets);
    visit(security_groups);
    visit(public_ips);
    if (!has_load_balancers) return;
    visit(load_balancers);
    visit(backend_pools);
    visit(backend_services);
    visit(l4_routes);
  }

  const std::shared_ptr<cloud::PollScheduler> scheduler;
  const bool has_load_balancers;
  cloud::Inventory<cloud::Vpc> vpcs;
  cloud::Inventory<cloud::Subnet> subnets;
  cloud::Inventory<cloud::SecurityGroup> security_groups;
  cloud::Inventory<cloud::PublicIp> public_ips;
  cloud::Inventory<cloud::LoadBalancer> load_balancers;
  cloud::Inventory<cloud::BackendPool> backend_pools;
  cloud::Inventory<cloud::BackendService> backend_services;
  cloud::Inventory<cloud::L4Route> l4_routes;
};

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_NETWORK_INVENTORIES_H_
