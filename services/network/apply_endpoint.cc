#include "services/network/apply_endpoint.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"
#include "services/network/condition_states.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Ensure;
using cloud::Known;

constexpr char kEndpoint[] = "cluster_network.control_plane_endpoint";

class ApplyingEndpoint {
 public:
  ApplyingEndpoint(const CallContext& context, NetworkInventories& inventories,
                   const NetworkSpec& spec,
                   const std::vector<cloud::Subnet>& subnets)
      : context_(context),
        inventories_(inventories),
        spec_(spec),
        subnets_(subnets),
        owner_(cloud::KeyOf(spec.owner)) {}

  absl::Status Run() {
    EVROC_RETURN_IF_ERROR(CheckEndpointUnchanged());
    EVROC_RETURN_IF_ERROR(ApplyAddress());
    if (!spec_.load_balancer || !address_exists_ || subnets_.empty()) {
      return absl::OkStatus();
    }
    return ApplyBalancer();
  }

 private:
  // Checked before anything is created in vain.
  absl::Status CheckEndpointUnchanged() {
    if (!inventories_.has_load_balancers) return absl::OkStatus();
    EVROC_ASSIGN_OR_RETURN(
        const auto balancers,
        inventories_.load_balancers.ListByCluster(context_, owner_.cluster_id));
    for (const auto& balancer : balancers) {
      if (balancer.deleting) continue;
      if (!spec_.load_balancer) return TypeIsFixed();
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
  bool IsForOtherType(const cloud::Labels& labels) const {
    return cloud::LabelOf(labels, cloud::kPartLabel) ==
           (spec_.load_balancer ? kForMachine : kForLoadBalancer);
  }

  static absl::Status TypeIsFixed() {
    return ImmutableField(absl::StrCat(kEndpoint, ".type"),
                          "can't be changed once the endpoint exists");
  }

  absl::Status ApplyAddress() {
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
    if (IsOurs(found.object.metadata.labels) &&
        IsForOtherType(found.object.metadata.labels)) {
      return TypeIsFixed();
    }
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
  absl::Status ApplyBalancer() {
    const Balancer wanted = DesiredBalancer(spec_, subnets_);
    EVROC_RETURN_IF_ERROR(
        Ensure<cloud::BackendPool>(
            context_, inventories_.backend_pools, owner_, wanted.pool,
            [&](cloud::BackendPool& pool) {
              pool.metadata.labels = cloud::Relabelled(
                  pool.metadata.labels, wanted.pool.metadata.labels);
              const auto backends = DesiredBackends(spec_, pool.backends);
              if (!SameBackends(pool.backends, backends)) {
                pool.backends = backends;
              }
            })
            .status());
    for (const cloud::BackendService& service : wanted.services) {
      EVROC_RETURN_IF_ERROR(ApplySpec(inventories_.backend_services, service));
    }
    for (const cloud::L4Route& route : wanted.routes) {
      EVROC_RETURN_IF_ERROR(ApplySpec(inventories_.l4_routes, route));
    }
    EVROC_RETURN_IF_ERROR(ApplyFront(wanted.balancer));
    EVROC_RETURN_IF_ERROR(RemoveOthers(inventories_.l4_routes, wanted.routes));
    return RemoveOthers(inventories_.backend_services, wanted.services);
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

  absl::Status ApplyFront(const cloud::LoadBalancer& wanted) {
    return Ensure<cloud::LoadBalancer>(
               context_, inventories_.load_balancers, owner_, wanted,
               [&](cloud::LoadBalancer& balancer) {
                 // The backend network is immutable and only set at creation.
                 balancer.metadata.labels = cloud::Relabelled(
                     balancer.metadata.labels, wanted.metadata.labels);
                 if (!SameListeners(balancer.listeners, wanted.listeners)) {
                   balancer.listeners = wanted.listeners;
                 }
                 balancer.public_ip = wanted.public_ip;
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
  const cloud::OwnerKey owner_;
  bool address_exists_ = false;
};

}  // namespace

absl::Status ApplyEndpoint(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec,
                           const std::vector<cloud::Subnet>& subnets) {
  return ApplyingEndpoint(context, inventories, spec, subnets).Run();
}

}  // namespace evroc::network
