#include "services/network/apply_endpoint.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"
#include "services/inventory/steps.h"
#include "services/network/condition_states.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Ensure;
using cloud::Known;

constexpr char kEndpoint[] = "cluster_network.control_plane_endpoint";

void SetBackends(const NetworkSpec& spec, cloud::BackendPool& pool) {
  if (spec.backends_refused) return;
  const auto backends = DesiredBackends(spec, pool.backends);
  if (!SameBackends(pool.backends, backends)) pool.backends = backends;
}

class ApplyingEndpoint {
 public:
  ApplyingEndpoint(const CallContext& context, NetworkInventories& inventories,
                   const NetworkSpec& spec,
                   const std::vector<cloud::Subnet>& subnets, bool exists)
      : context_(context),
        inventories_(inventories),
        spec_(spec),
        subnets_(subnets),
        exists_(exists),
        owner_(cloud::KeyOf(spec.owner)),
        steps_(exists) {}

  absl::Status Run() {
    EVROC_RETURN_IF_ERROR(CheckTypeUnchanged());
    if (!steps_.GoesOnAfter(ApplyAddress())) return steps_.outcome();
    if (spec_.load_balancer && inventories_.has_load_balancers &&
        (address_exists_ || exists_) && !subnets_.empty()) {
      ApplyBalancer();
    }
    return steps_.outcome();
  }

 private:
  // Checked before anything is created in vain.
  absl::Status CheckTypeUnchanged() {
    if (spec_.load_balancer) {
      if (!spec_.existing_public_ip.empty()) return absl::OkStatus();
      EVROC_ASSIGN_OR_RETURN(const auto found, inventories_.public_ips.Get(
                                                   context_, AddressId(spec_)));
      return found.has_value() ? CheckMadeForType(found->object)
                               : absl::OkStatus();
    }
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto balancers,
        inventories_.load_balancers.ListByCluster(context_, owner_.cluster_id));
    const bool any =
        std::any_of(balancers.begin(), balancers.end(),
                    [](const auto& each) { return !each.deleting; });
    return any ? TypeIsFixed() : absl::OkStatus();
  }

  absl::Status CheckAddressUnchanged() {
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto balancers,
        inventories_.load_balancers.ListByCluster(context_, owner_.cluster_id));
    for (const auto& balancer : balancers) {
      if (balancer.deleting) continue;
      if (balancer.object.public_ip == AddressId(spec_)) continue;
      EVROC_ASSIGN_OR_RETURN(const bool made, HasOwnAddress());
      // The request is as it was, so somebody changed the load balancer.
      if (made) continue;
      return ImmutableField(
          absl::StrCat(kEndpoint, ".existing_public_ip_id"),
          absl::StrCat("can't be changed once the endpoint exists; the load "
                       "balancer has public IP ",
                       balancer.object.public_ip.value()));
    }
    return absl::OkStatus();
  }

  // Whether the requested public IP is one that was made for the endpoint.
  absl::StatusOr<bool> HasOwnAddress() {
    if (!spec_.existing_public_ip.empty()) return false;
    EVROC_ASSIGN_OR_RETURN(const auto found, inventories_.public_ips.Get(
                                                 context_, AddressId(spec_)));
    return found.has_value() && IsOurs(found->object.metadata.labels);
  }

  // Any other value of that label is none that we wrote.
  absl::Status CheckMadeForType(const cloud::PublicIp& address) const {
    const cloud::Labels& labels = address.metadata.labels;
    const bool for_other =
        cloud::LabelOf(labels, cloud::kPartLabel) ==
        (spec_.load_balancer ? kForMachine : kForLoadBalancer);
    return IsOurs(labels) && for_other ? TypeIsFixed() : absl::OkStatus();
  }

  static absl::Status TypeIsFixed() {
    return ImmutableField(absl::StrCat(kEndpoint, ".type"),
                          "can't be changed once the endpoint exists");
  }

  absl::Status ApplyAddress() {
    if (spec_.public_ip_refused) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(CheckAddressUnchanged());
    if (!spec_.existing_public_ip.empty()) {
      EVROC_ASSIGN_OR_RETURN(
          const auto found,
          inventories_.public_ips.Get(context_, spec_.existing_public_ip));
      address_exists_ = found.has_value();
      return absl::OkStatus();
    }
    const cloud::PublicIp wanted = DesiredAddress(spec_);
    EVROC_ASSIGN_OR_RETURN(
        const auto found,
        cloud::GetOrCreate(context_, inventories_.public_ips, wanted));
    EVROC_RETURN_IF_ERROR(CheckMadeForType(found.object));
    EVROC_ASSIGN_OR_RETURN(
        const Known<cloud::PublicIp> address,
        Ensure<cloud::PublicIp>(context_, inventories_.public_ips, owner_,
                                wanted, [&](cloud::PublicIp& object) {
                                  object.metadata.labels =
                                      cloud::Relabelled(object.metadata.labels,
                                                        wanted.metadata.labels);
                                }));
    address_exists_ = !address.deleting;
    return absl::OkStatus();
  }

  // Applies objects in the order of their references; an object that is no
  // longer requested is deleted once nothing refers to it (traps.md B7).
  void ApplyBalancer() {
    const Balancer wanted = DesiredBalancer(spec_, subnets_);
    if (!steps_.GoesOnAfter(ApplyPool(wanted.pool))) return;
    if (!spec_.ports_refused && !ApplyPorts(wanted)) return;
    if (!steps_.GoesOnAfter(ApplyFront(wanted.balancer))) return;
    // A listener that could not be changed may refer to them.
    if (spec_.ports_refused || !steps_.outcome().ok()) return;
    absl::Status removed = RemoveOthers(inventories_.l4_routes, wanted.routes);
    if (removed.ok()) {
      removed = RemoveOthers(inventories_.backend_services, wanted.services);
    }
    steps_.GoesOnAfter(removed);
  }

  // The cloud may refuse a new pool with a machine that is gone: those of which
  // nothing is known are left out then.
  absl::Status ApplyPool(const cloud::BackendPool& wanted) {
    EVROC_ASSIGN_OR_RETURN(const auto known, inventories_.backend_pools.Get(
                                                 context_, wanted.metadata.id));
    // ApplyBackends has come before.
    if (known.has_value()) return EnsurePool(wanted, /*set_backends=*/false);
    cloud::BackendPool all = wanted;
    all.backends = AllBackends(spec_);
    absl::Status made = EnsurePool(all, /*set_backends=*/true);
    return absl::IsInvalidArgument(made) && all.backends != wanted.backends
               ? EnsurePool(wanted, /*set_backends=*/true)
               : made;
  }

  absl::Status EnsurePool(const cloud::BackendPool& wanted, bool set_backends) {
    return Ensure<cloud::BackendPool>(
               context_, inventories_.backend_pools, owner_, wanted,
               [&](cloud::BackendPool& pool) {
                 pool.metadata.labels = cloud::Relabelled(
                     pool.metadata.labels, wanted.metadata.labels);
                 if (set_backends) SetBackends(spec_, pool);
               })
        .status();
  }

  // A port that is refused and that the load balancer lacks stays without a
  // listener. Returns whether the next step is to be taken.
  bool ApplyPorts(const Balancer& wanted) {
    for (size_t i = 0; i < wanted.services.size(); ++i) {
      absl::Status port =
          ApplySpec(inventories_.backend_services, wanted.services[i]);
      if (port.ok()) port = ApplySpec(inventories_.l4_routes, wanted.routes[i]);
      if (!steps_.GoesOnAfter(port)) return false;
      if (!port.ok()) refused_routes_.insert(wanted.routes[i].metadata.id);
    }
    return true;
  }

  cloud::BackendService RequestedOf(
      const cloud::BackendService& wanted,
      const cloud::BackendService& existing) const {
    return RequestedService(spec_, wanted, existing);
  }
  static cloud::L4Route RequestedOf(const cloud::L4Route& wanted,
                                    const cloud::L4Route& /*existing*/) {
    return wanted;
  }

  // Applies the whole spec of the object.
  template <typename T>
  absl::Status ApplySpec(cloud::Inventory<T>& inventory, const T& wanted) {
    return Ensure<T>(context_, inventory, owner_, wanted,
                     [&](T& object) {
                       T changed = RequestedOf(wanted, object);
                       changed.metadata = object.metadata;
                       changed.metadata.labels = cloud::Relabelled(
                           object.metadata.labels, wanted.metadata.labels);
                       changed.status = object.status;
                       object = std::move(changed);
                     })
        .status();
  }

  // The listeners that `balancer` is to have.
  std::vector<cloud::LoadBalancer::Listener> ListenersFor(
      const cloud::LoadBalancer& balancer,
      const cloud::LoadBalancer& wanted) const {
    const auto& existing = balancer.listeners;
    if (spec_.ports_refused) return existing;
    auto listeners = wanted.listeners;
    std::erase_if(listeners, [&](const auto& each) {
      return refused_routes_.contains(each.routes[0]) &&
             std::find(existing.begin(), existing.end(), each) ==
                 existing.end();
    });
    return listeners;
  }

  // Without its address or its ports none is made.
  absl::Status ApplyFront(const cloud::LoadBalancer& wanted) {
    if (!address_exists_ || spec_.ports_refused) {
      EVROC_ASSIGN_OR_RETURN(
          const auto known,
          inventories_.load_balancers.Get(context_, wanted.metadata.id));
      if (!known.has_value()) return absl::OkStatus();
    }
    cloud::LoadBalancer made = wanted;
    made.listeners = ListenersFor(cloud::LoadBalancer(), wanted);
    return Ensure<cloud::LoadBalancer>(
               context_, inventories_.load_balancers, owner_, made,
               [&](cloud::LoadBalancer& balancer) {
                 // The backend network is immutable and only set at creation.
                 balancer.metadata.labels = cloud::Relabelled(
                     balancer.metadata.labels, wanted.metadata.labels);
                 const auto listeners = ListenersFor(balancer, wanted);
                 if (!SameListeners(balancer.listeners, listeners)) {
                   balancer.listeners = listeners;
                 }
                 if (address_exists_) balancer.public_ip = wanted.public_ip;
               })
        .status();
  }

  template <typename T>
  absl::Status RemoveOthers(cloud::Inventory<T>& inventory,
                            const std::vector<T>& wanted) {
    EVROC_ASSIGN_OR_RETURN(
        const std::vector<Known<T>> existing,
        inventory.ListByCluster(context_, owner_.cluster_id));
    for (const Known<T>& each : existing) {
      const bool is_wanted =
          std::any_of(wanted.begin(), wanted.end(), [&](const T& other) {
            return other.metadata.id == each.object.metadata.id;
          });
      if (is_wanted) continue;
      EVROC_RETURN_IF_ERROR(RemoveObject(context_, inventory, each).status());
    }
    return absl::OkStatus();
  }

  bool IsOurs(const cloud::Labels& labels) const {
    return cloud::BelongsTo(labels, owner_);
  }

  const CallContext& context_;
  NetworkInventories& inventories_;
  const NetworkSpec& spec_;
  const std::vector<cloud::Subnet>& subnets_;
  const bool exists_;
  const cloud::OwnerKey owner_;
  cloud::Steps steps_;
  bool address_exists_ = false;
  std::set<Id<cloud::L4Route>> refused_routes_;
};

}  // namespace

absl::Status ApplyBackends(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec) {
  if (!inventories.has_load_balancers) return absl::OkStatus();
  EVROC_ASSIGN_OR_RETURN(
      const auto pools,
      inventories.backend_pools.ListByCluster(context, spec.owner.cluster_id));
  for (const Known<cloud::BackendPool>& pool : pools) {
    if (pool.deleting) continue;
    EVROC_RETURN_IF_ERROR(
        inventories.backend_pools
            .Modify(context, pool.object,
                    [&](cloud::BackendPool& each) { SetBackends(spec, each); })
            .status());
  }
  return absl::OkStatus();
}

absl::Status ApplyEndpoint(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec,
                           const std::vector<cloud::Subnet>& subnets,
                           bool exists) {
  return ApplyingEndpoint(context, inventories, spec, subnets, exists).Run();
}

}  // namespace evroc::network
