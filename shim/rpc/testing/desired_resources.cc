#include "shim/rpc/testing/desired_resources.h"

namespace evroc::shim {

common::v1::CloudScope TestScope(const std::string& credentials) {
  common::v1::CloudScope scope;
  scope.set_project("project");
  scope.set_region("se-sto");
  scope.mutable_credentials()->set_content(credentials);
  return scope;
}

common::v1::Owner TestOwner(const std::string& cluster_id,
                            const std::string& machine_id) {
  common::v1::Owner owner;
  owner.set_cluster_id(cluster_id);
  owner.set_cluster_name("name-of-" + cluster_id);
  if (!machine_id.empty()) {
    owner.set_machine_id(machine_id);
    owner.set_machine_name("name-of-" + machine_id);
  }
  return owner;
}

compute::v1::VirtualMachine TestMachine(const std::string& cluster_id,
                                        const std::string& machine_id) {
  compute::v1::VirtualMachine machine;
  *machine.mutable_owner() = TestOwner(cluster_id, machine_id);
  machine.set_compute_profile("c1a.s");
  machine.mutable_boot_disk()->set_image("ubuntu-minimal.24-04.1");
  machine.mutable_boot_disk()->set_size_gb(20);
  machine.set_zone("a");
  machine.set_subnet_id("subnet-a");
  machine.set_user_data("#cloud-config\n");
  return machine;
}

network::v1::ClusterNetwork TestNetwork(const std::string& cluster_id) {
  network::v1::ClusterNetwork network;
  *network.mutable_owner() = TestOwner(cluster_id);
  network.mutable_vpc()->set_name("vpc");
  network::v1::Subnet& subnet = *network.add_subnets();
  subnet.set_name("subnet-a");
  subnet.set_zone("a");
  subnet.set_ipv4_cidr_block("10.0.0.0/24");
  return network;
}

network::v1::PublicIp TestAddress(const std::string& cluster_id,
                                  const std::string& machine_id) {
  network::v1::PublicIp address;
  *address.mutable_owner() = TestOwner(cluster_id, machine_id);
  return address;
}

}  // namespace evroc::shim
