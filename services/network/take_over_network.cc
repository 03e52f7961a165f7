#include "services/network/take_over_network.h"

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "services/identity/object_name.h"
#include "services/identity/official_names.h"
#include "services/identity/owner_labels.h"
#include "services/identity/previous_owner.h"
#include "services/network/part_names.h"

namespace evroc::network {
namespace {

using cloud::Id;
using cloud::Labels;

class TakingOver {
 public:
  TakingOver(const CallContext& context, cloud::NetworkApi& api,
             NetworkInventories& inventories,
             const cloud::TakeOverRequest& request)
      : api_(api),
        inventories_(inventories),
        request_(request),
        owner_(request.owner),
        run_(context, request) {}

  absl::StatusOr<std::vector<cloud::TakeOverObject>> Network() {
    EVROC_RETURN_IF_ERROR(Look<cloud::PublicIp>(
        inventories_.public_ips, api_.public_ips(),
        {IdOf<cloud::PublicIp>(kEndpointRole)},
        [&](const auto&) { return Ours(kEndpointRole, kForLoadBalancer); }));
    if (inventories_.has_load_balancers) EVROC_RETURN_IF_ERROR(Balancer());
    EVROC_RETURN_IF_ERROR(Look<cloud::SecurityGroup>(
        inventories_.security_groups, api_.security_groups(), {},
        [&](const cloud::SecurityGroup& group) {
          return Ours(kAdditionalRole,
                      AdditionalGroupPart({.id = group.metadata.id}));
        }));
    return run_.Finish();
  }

  absl::StatusOr<std::vector<cloud::TakeOverObject>> Address() {
    EVROC_RETURN_IF_ERROR(Look<cloud::PublicIp>(
        inventories_.public_ips, api_.public_ips(), {MachineAddressId(owner_)},
        [&](const auto&) { return Ours(); }));
    return run_.Finish();
  }

 private:
  bool is_machine() const { return !owner_.machine_id.empty(); }

  template <typename T>
  Id<T> IdOf(absl::string_view name) const {
    return Id<T>(cloud::ObjectName(owner_, cloud::kKindInfo<T>.kind, name));
  }

  // As ObjectLabels, without the user's and the official provider's.
  Labels Ours(absl::string_view role = "", absl::string_view part = "") const {
    Labels labels = cloud::OwnerLabels(owner_);
    if (!role.empty()) labels[cloud::kRoleLabel] = role;
    if (!part.empty()) labels[cloud::kPartLabel] = part;
    return labels;
  }

  absl::Status Balancer() {
    const auto of_endpoint = [&](const auto&) { return Ours(kEndpointRole); };
    EVROC_RETURN_IF_ERROR(Look<cloud::LoadBalancer>(
        inventories_.load_balancers, api_.load_balancers(),
        {IdOf<cloud::LoadBalancer>(kEndpointRole)}, of_endpoint));
    EVROC_RETURN_IF_ERROR(Look<cloud::BackendPool>(
        inventories_.backend_pools, api_.backend_pools(),
        {IdOf<cloud::BackendPool>(kControlPlaneRole)}, of_endpoint));
    EVROC_RETURN_IF_ERROR(OfPorts<cloud::BackendService>(
        inventories_.backend_services, api_.backend_services()));
    return OfPorts<cloud::L4Route>(inventories_.l4_routes, api_.l4_routes());
  }

  template <typename T>
  absl::Status OfPorts(cloud::Inventory<T>& inventory,
                       cloud::Collection<T>& collection) {
    return Look<T>(inventory, collection, {IdOf<T>(cloud::kApiPortName)},
                   [&](const T& object) {
                     return Ours(kEndpointRole,
                                 PortNameOf(owner_, cloud::kKindInfo<T>.kind,
                                            object.metadata.id.value()));
                   });
  }

  // Why an object with these labels is the previous owner's; the owner's own
  // ones count too, whether or not the official provider made them.
  std::optional<std::string> Prove(const Labels& labels,
                                   bool of_machines) const {
    if (cloud::BelongsTo(labels, cloud::KeyOf(owner_))) {
      return "it has this owner's labels";
    }
    if (!of_machines && !cloud::OfficialMachineId(labels).empty()) {
      return std::nullopt;
    }
    return cloud::ProveByLabels(labels, request_.previous);
  }

  // Before 0.3.0 the address of a machine had the labels of the cluster's, of
  // which there is one.
  template <typename T>
  bool MayBeOurs(const Id<T>& id, const Id<T>& endpoint) const {
    if constexpr (std::is_same_v<T, cloud::PublicIp>) {
      return is_machine() || id == endpoint;
    }
    return true;
  }

  template <typename T>
  absl::Status Look(cloud::Inventory<T>& inventory,
                    cloud::Collection<T>& collection, std::vector<Id<T>> names,
                    absl::FunctionRef<Labels(const T&)> labels) {
    std::vector<std::string> selectors =
        cloud::OfficialSelectors(request_.previous, is_machine());
    selectors.push_back(cloud::OwnerSelector(cloud::KeyOf(owner_)));
    // Only groups of machines are the cluster's.
    const bool of_machines =
        is_machine() || std::is_same_v<T, cloud::SecurityGroup>;
    return run_
        .Look<T>({.inventory = inventory,
                  .collection = collection,
                  .names = std::move(names),
                  .prove =
                      [&, endpoint = IdOf<T>(kEndpointRole)](const T& object) {
                        return MayBeOurs(object.metadata.id, endpoint)
                                   ? Prove(object.metadata.labels, of_machines)
                                   : std::nullopt;
                      },
                  .labels = labels,
                  .is_theirs =
                      [](const T& object) {
                        return cloud::HasOfficialLabels(object.metadata.labels);
                      },
                  .selectors = std::move(selectors)})
        .status();
  }

  cloud::NetworkApi& api_;
  NetworkInventories& inventories_;
  const cloud::TakeOverRequest& request_;
  const cloud::Owner& owner_;
  cloud::TakeOver run_;
};

}  // namespace

absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverNetwork(
    const CallContext& context, cloud::NetworkApi& api,
    NetworkInventories& inventories, const cloud::TakeOverRequest& request) {
  return TakingOver(context, api, inventories, request).Network();
}

absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverAddress(
    const CallContext& context, cloud::NetworkApi& api,
    NetworkInventories& inventories, const cloud::TakeOverRequest& request) {
  return TakingOver(context, api, inventories, request).Address();
}

}  // namespace evroc::network
