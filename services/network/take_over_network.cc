#include "services/network/take_over_network.h"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/names/official_names.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/existence.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"
#include "services/identity/previous_owner.h"
#include "services/network/spec/part_names.h"

namespace evroc::network {
namespace {

using cloud::Id;
using cloud::Labels;

constexpr char kWithoutBalancer[] =
    "it is the endpoint of a cluster without a load balancer, as the official "
    "provider made them before version 0.2.0: such a cluster can't be taken "
    "over";

class TakingOver {
 public:
  TakingOver(const CallContext& context, cloud::NetworkApi& api,
             NetworkInventories& inventories,
             const cloud::TakeOverRequest& request)
      : context_(context),
        api_(api),
        inventories_(inventories),
        request_(request),
        owner_(request.owner),
        run_(context, request) {}

  absl::StatusOr<std::vector<cloud::TakeOverObject>> Network() {
    EVROC_ASSIGN_OR_RETURN(std::vector<Id<cloud::PublicIp>> addresses,
                           EndpointAddresses());
    EVROC_RETURN_IF_ERROR(Look<cloud::PublicIp>(
        inventories_.public_ips, api_.public_ips(), std::move(addresses),
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

  absl::StatusOr<std::vector<cloud::TakeOverObject>> Address(
      bool uses_existing) {
    std::vector<Id<cloud::PublicIp>> names;
    if (!uses_existing) names.push_back(MachineAddressId(owner_));
    EVROC_RETURN_IF_ERROR(Look<cloud::PublicIp>(
        inventories_.public_ips, api_.public_ips(), std::move(names),
        [&](const auto&) { return Ours(); }));
    return run_.Finish();
  }

 private:
  bool is_machine() const { return !owner_.machine_id.empty(); }

  template <typename T>
  Id<T> IdOf(absl::string_view name) const {
    return Id<T>(cloud::ObjectName(owner_, cloud::kKindInfo<T>.kind, name));
  }

  Id<cloud::PublicIp> AddressWithoutBalancer() const {
    return Id<cloud::PublicIp>(
        OfficialAddressWithoutBalancer(owner_.resource_prefix));
  }

  // The load balancer's and, where there is none, the one that was in its
  // place: a later version of the official provider may have made the balancer.
  absl::StatusOr<std::vector<Id<cloud::PublicIp>>> EndpointAddresses() {
    std::vector<Id<cloud::PublicIp>> names = {
        IdOf<cloud::PublicIp>(kEndpointRole)};
    if (!inventories_.has_load_balancers) return names;
    EVROC_ASSIGN_OR_RETURN(
        const auto balancer,
        cloud::FindObject(api_.load_balancers(), context_,
                          IdOf<cloud::LoadBalancer>(kEndpointRole)));
    if (!balancer.has_value()) names.push_back(AddressWithoutBalancer());
    return names;
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
    return Look<T>(inventory, collection, {IdOf<T>(kApiPortName)},
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
  bool MayBeOurs(const Id<T>& id) const {
    if constexpr (std::is_same_v<T, cloud::PublicIp>) {
      return is_machine() || IsOfficialEndpointAddress(id.value()) ||
             id == IdOf<T>(kEndpointRole);
    }
    return true;
  }

  // Empty if there is nothing more to say than that it is not proven.
  template <typename T>
  std::string Doubt(const T& object) const {
    if constexpr (std::is_same_v<T, cloud::PublicIp>) {
      if (object.metadata.id == AddressWithoutBalancer()) {
        return kWithoutBalancer;
      }
    }
    return "";
  }

  // Whether it has a name of this provider, which it gives where the official
  // one is too long.
  template <typename T>
  bool HasHash(absl::string_view id) const {
    return cloud::HasObjectName(
        owner_, cloud::kKindInfo<T>.kind, id,
        [](absl::string_view end) -> std::vector<std::string> {
          return {std::string(end)};
        });
  }

  // By other names the endpoint would be made a second time: the prefix that is
  // known is not the one that it was made with.
  template <typename T>
  std::string WhyNameIsWrong(const T& object) const {
    if (is_machine() || std::is_same_v<T, cloud::SecurityGroup>) return "";
    const std::string front = IdOf<cloud::LoadBalancer>(kEndpointRole).value();
    const std::string& id = object.metadata.id.value();
    if (id == front || absl::StartsWith(id, absl::StrCat(front, "-")) ||
        HasHash<T>(id)) {
      return "";
    }
    return absl::StrCat(
        "it is the cluster's by its labels, but its name does not begin with ",
        front, ": the cluster was made with another resource prefix");
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
                      [&](const T& object) {
                        return MayBeOurs(object.metadata.id)
                                   ? Prove(object.metadata.labels, of_machines)
                                   : std::nullopt;
                      },
                  .labels = labels,
                  .is_theirs =
                      [](const T& object) {
                        return cloud::HasOfficialLabels(object.metadata.labels);
                      },
                  .selectors = std::move(selectors),
                  .others = {},
                  .doubt = [&](const T& object) { return Doubt(object); },
                  .obstacle =
                      [&](const T& object) { return WhyNameIsWrong(object); }})
        .status();
  }

  const CallContext& context_;
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
    NetworkInventories& inventories, const cloud::TakeOverRequest& request,
    bool uses_existing) {
  return TakingOver(context, api, inventories, request).Address(uses_existing);
}

}  // namespace evroc::network
