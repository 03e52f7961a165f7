#include "services/network/spec/valid_request.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/network/spec/part_names.h"

namespace evroc::network {
namespace {

// Takes over one part after the other.
class Filtering {
 public:
  Filtering(const NetworkSpec& spec, const v1::ClusterNetwork& measured,
            const cloud::Place& place)
      : spec_(spec), asked_(spec.request), measured_(measured), place_(place) {}

  std::optional<NetworkSpec> Run() {
    const bool has_address =
        !measured_.control_plane_endpoint_status().public_ip_id().empty();
    if (spec_.public_ip_refused && !has_address) return std::nullopt;
    *network_.mutable_owner() = asked_.owner();
    SetType();
    SetVpc();
    // Without any, nothing else is valid.
    AddSubnets();
    for (const auto& label : asked_.labels()) {
      Try([&](auto& with) { with.mutable_labels()->insert(label); });
    }
    AddGroups();
    Try([&](auto& with) {
      *with.mutable_inner_cidr_blocks() = asked_.inner_cidr_blocks();
    });
    SetAddress();
    AddPorts();
    SetBackends();
    Try([&](auto& with) {
      *with.mutable_control_plane_endpoint()->mutable_api_allowed_cidrs() =
          asked_.control_plane_endpoint().api_allowed_cidrs();
    });
    auto valid = CheckClusterNetwork(network_, place_);
    if (!valid.ok()) return std::nullopt;
    return *std::move(valid);
  }

 private:
  // Makes a change after which the request is valid. Returns whether it is.
  template <typename Change>
  bool Try(const Change& change) {
    v1::ClusterNetwork with = network_;
    change(with);
    if (!CheckClusterNetwork(with, place_).ok()) return false;
    network_ = std::move(with);
    return true;
  }

  v1::ControlPlaneEndpoint& endpoint() {
    return *network_.mutable_control_plane_endpoint();
  }

  void SetType() {
    if (spec_.load_balancer && !place_.capabilities.load_balancers) return;
    endpoint().set_type(asked_.control_plane_endpoint().type());
  }

  void SetVpc() {
    if (!spec_.vpc.refused) {
      *network_.mutable_vpc() = asked_.vpc();
      return;
    }
    network_.mutable_vpc()->set_name(measured_.vpc_id());
    network_.mutable_vpc()->set_existing(true);
  }

  void AddSubnets() {
    bool refused = false;
    for (const v1::Subnet& subnet : asked_.subnets()) {
      refused |= !Try([&](auto& with) { *with.add_subnets() = subnet; });
    }
    if (!refused && !asked_.subnets().empty()) return;
    for (const v1::SubnetStatus& there : measured_.subnet_statuses()) {
      Try([&](auto& with) {
        v1::Subnet& subnet = *with.add_subnets();
        subnet.set_name(there.id());
        subnet.set_zone(there.zone());
        subnet.set_existing(true);
      });
    }
  }

  // `role` returns the group of a request.
  template <typename Role>
  void AddRole(const v1::RoleSecurityGroup& asked, const Role& role) {
    if (Try([&](auto& with) { *role(with) = asked; })) return;
    for (const v1::SecurityRule& rule : asked.rules()) {
      Try([&](auto& with) { *role(with)->add_rules() = rule; });
    }
    for (const std::string& id : asked.existing_ids()) {
      Try([&](auto& with) { role(with)->add_existing_ids(id); });
    }
  }

  void AddGroups() {
    const v1::SecurityGroups& asked = asked_.security_groups();
    network_.mutable_security_groups()->set_without_built_in(
        asked.without_built_in());
    AddRole(asked.common(), [](v1::ClusterNetwork& with) {
      return with.mutable_security_groups()->mutable_common();
    });
    AddRole(asked.control_plane(), [](v1::ClusterNetwork& with) {
      return with.mutable_security_groups()->mutable_control_plane();
    });
    AddRole(asked.worker(), [](v1::ClusterNetwork& with) {
      return with.mutable_security_groups()->mutable_worker();
    });
    // One that is refused is asked for all the same: without its rules.
    if (!AddAdditional(/*refused_too=*/true)) {
      AddAdditional(/*refused_too=*/false);
    }
  }

  bool AddAdditional(bool refused_too) {
    return Try([&](v1::ClusterNetwork& with) {
      v1::SecurityGroups& groups = *with.mutable_security_groups();
      for (const auto& group : asked_.security_groups().additional()) {
        if (IsAccepted(group)) {
          *groups.add_additional() = group;
        } else if (refused_too) {
          groups.add_additional()->set_name(group.name());
          groups.mutable_additional()->rbegin()->set_id(group.id());
        }
      }
    });
  }

  bool IsAccepted(const v1::NamedSecurityGroup& group) const {
    return std::any_of(
        spec_.additional.begin(), spec_.additional.end(),
        [&](const GroupSpec& each) { return each.name == group.name(); });
  }

  void SetAddress() {
    std::string id = asked_.control_plane_endpoint().existing_public_ip_id();
    if (spec_.public_ip_refused) {
      id = measured_.control_plane_endpoint_status().public_ip_id();
      // The one that was made for it.
      if (id == EndpointIdsOf(spec_.owner).address.value()) id.clear();
    }
    endpoint().set_existing_public_ip_id(id);
  }

  void AddPorts() {
    const auto& asked = asked_.control_plane_endpoint().ports();
    const int port = measured_.control_plane_endpoint_status().port();
    if (!spec_.ports_refused) {
      *endpoint().mutable_ports() = asked;
    } else if (port != 0) {
      endpoint().add_ports()->set_port(port);
    } else {
      for (const v1::EndpointPort& each : asked) {
        Try([&](auto& with) {
          *with.mutable_control_plane_endpoint()->add_ports() = each;
        });
      }
    }
  }

  void SetBackends() {
    const v1::ControlPlaneEndpoint& asked = asked_.control_plane_endpoint();
    if (spec_.backends_refused) {
      *endpoint().mutable_member_ids() =
          measured_.control_plane_endpoint_status().member_ids();
      return;
    }
    *endpoint().mutable_member_ids() = asked.member_ids();
    *endpoint().mutable_undecided_ids() = asked.undecided_ids();
  }

  const NetworkSpec& spec_;
  const v1::ClusterNetwork& asked_;
  const v1::ClusterNetwork& measured_;
  const cloud::Place& place_;
  v1::ClusterNetwork network_;
};

}  // namespace

std::optional<NetworkSpec> ValidRequest(const NetworkSpec& spec,
                                        const v1::ClusterNetwork& measured,
                                        const cloud::Place& place) {
  return Filtering(spec, measured, place).Run();
}

}  // namespace evroc::network
