#include "services/compute/machine_spec.h"

#include <functional>
#include <string>
#include <vector>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/compute/part_names.h"

namespace evroc::compute {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const cloud::Place kRest = {.capabilities = {.load_balancers = true,
                                             .zones = true,
                                             .vpc_in_security_groups = true},
                            .project = "p",
                            .region = "se-sto"};
const cloud::Place kKcp = {.project = "p"};

v1::VirtualMachine MachineOf(const std::string& text) {
  v1::VirtualMachine machine;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &machine));
  return machine;
}

// The least that the REST API takes.
v1::VirtualMachine Least() {
  return MachineOf(R"pb(
    owner {
      cluster_id: "c1"
      cluster_name: "cluster"
      machine_id: "m1"
      machine_name: "machine"
    }
    compute_profile: "a1a.s"
    boot_disk { image: "ubuntu.24-04.1" }
    zone: "a"
    subnet_id: "subnet-a")pb");
}

std::vector<std::string> FieldsAtFault(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& each : DetailsOf(status).field_violations) {
    fields.push_back(each.field);
  }
  return fields;
}

std::vector<std::string> FieldsAtFault(const v1::VirtualMachine& machine) {
  const auto spec = CheckVirtualMachine(machine, kRest);
  EXPECT_EQ(spec.status().code(), absl::StatusCode::kInvalidArgument);
  return FieldsAtFault(spec.status());
}

TEST(CheckVirtualMachineTest, FillsInWhatIsNotSaid) {
  const auto spec = CheckVirtualMachine(Least(), kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->owner.machine_name, "machine");
  EXPECT_EQ(spec->id, MachineId(spec->owner));
  EXPECT_EQ(spec->compute_profile, "a1a.s");
  EXPECT_EQ(spec->boot_disk.id, DiskId(spec->owner, ""));
  EXPECT_EQ(spec->boot_disk.name, "");
  EXPECT_EQ(spec->boot_disk.image, "ubuntu.24-04.1");
  EXPECT_EQ(spec->boot_disk.size_gb, 0);
  EXPECT_THAT(spec->data_disks, IsEmpty());
  EXPECT_EQ(spec->zone, "a");
  EXPECT_EQ(spec->subnet, Id<cloud::Subnet>("subnet-a"));
  EXPECT_THAT(spec->security_groups, IsEmpty());
  EXPECT_TRUE(spec->public_ip.empty());
  EXPECT_TRUE(spec->placement_group.empty());
  EXPECT_EQ(spec->stack_type, cloud::StackType::kUnset);
}

TEST(CheckVirtualMachineTest, TakesEveryField) {
  v1::VirtualMachine machine = Least();
  machine.MergeFrom(MachineOf(R"pb(
    labels { key: "team" value: "one" }
    boot_disk { size_gb: 50 }
    data_disks { name: "etcd" size_gb: 10 }
    data_disks { name: "copy" image: "rocky.10-1.1" }
    security_group_ids: "sg1"
    security_group_ids: "sg2"
    security_group_ids: "sg1"
    public_ip_id: "ip1"
    placement_group_id: "pg1"
    stack_type: STACK_TYPE_IPV6_ONLY
    user_data: "#cloud-config"
    ssh_authorized_keys: "ssh-ed25519 AAAA")pb"));
  const auto spec = CheckVirtualMachine(machine, kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->labels, (cloud::Labels{{"team", "one"}}));
  EXPECT_EQ(spec->boot_disk.size_gb, 50);
  ASSERT_EQ(spec->data_disks.size(), 2);
  EXPECT_EQ(spec->data_disks[0].name, "etcd");
  EXPECT_EQ(spec->data_disks[0].id, DiskId(spec->owner, "etcd"));
  EXPECT_EQ(spec->data_disks[0].size_gb, 10);
  EXPECT_EQ(spec->data_disks[1].image, "rocky.10-1.1");
  EXPECT_THAT(spec->security_groups,
              ElementsAre(Id<cloud::SecurityGroup>("sg1"),
                          Id<cloud::SecurityGroup>("sg2")));
  EXPECT_EQ(spec->public_ip, Id<cloud::PublicIp>("ip1"));
  EXPECT_EQ(spec->placement_group, Id<cloud::PlacementGroup>("pg1"));
  EXPECT_EQ(spec->stack_type, cloud::StackType::kIpv6Only);
  EXPECT_EQ(spec->user_data, "#cloud-config");
  EXPECT_THAT(spec->ssh_authorized_keys, ElementsAre("ssh-ed25519 AAAA"));
}

TEST(CheckVirtualMachineTest, TheRequestIsKeptWithoutSecretsAndObservations) {
  v1::VirtualMachine machine = Least();
  machine.set_user_data("secret");
  machine.set_state(v1::VirtualMachine::STATE_RUNNING);
  machine.set_uid("u");
  machine.set_actual_zone("b");
  const auto spec = CheckVirtualMachine(machine, kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->request.SerializeAsString(), Least().SerializeAsString());
}

TEST(CheckVirtualMachineTest, AResourcePrefixIsInEveryName) {
  v1::VirtualMachine machine = Least();
  machine.mutable_owner()->set_resource_prefix("worker-0");
  machine.add_data_disks()->set_name("etcd");
  machine.mutable_data_disks(0)->set_size_gb(10);
  const auto spec = CheckVirtualMachine(machine, kRest);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->id.value(), "worker-0");
  EXPECT_EQ(spec->boot_disk.id.value(), "worker-0-boot-disk");
  EXPECT_EQ(spec->data_disks[0].id.value(), "worker-0-etcd");
  EXPECT_EQ(spec->request.owner().resource_prefix(), "worker-0");
  machine.mutable_data_disks(0)->set_name(std::string(55, 'a'));
  const auto long_name = CheckVirtualMachine(machine, kRest);
  ASSERT_TRUE(long_name.ok()) << long_name.status();
  EXPECT_LE(long_name->data_disks[0].id.value().size(), 63)
      << "the official provider's would have 64";
  machine.mutable_data_disks(0)->set_name("boot-disk");
  EXPECT_THAT(FieldsAtFault(machine),
              ElementsAre("virtual_machine.data_disks[0].name"));
}

TEST(CheckVirtualMachineTest, NamesEveryFieldAtFaultAtOnce) {
  EXPECT_THAT(
      FieldsAtFault(MachineOf(R"pb(
        compute_profile: "a/b"
        boot_disk { image: "" size_gb: -1 }
        data_disks { name: "Not A Name" size_gb: 0 }
        zone: "d"
        public_ip_id: "/path"
        placement_group_id: "a b"
        security_group_ids: ""
        ssh_authorized_keys: "two\nlines")pb")),
      UnorderedElementsAre(
          "virtual_machine.owner.cluster_id",
          "virtual_machine.owner.cluster_name",
          "virtual_machine.owner.machine_id",
          "virtual_machine.owner.machine_name",
          "virtual_machine.compute_profile", "virtual_machine.boot_disk.image",
          "virtual_machine.boot_disk.size_gb",
          "virtual_machine.data_disks[0].name",
          "virtual_machine.data_disks[0].size_gb", "virtual_machine.zone",
          "virtual_machine.subnet_id", "virtual_machine.public_ip_id",
          "virtual_machine.placement_group_id",
          "virtual_machine.security_group_ids[0]",
          "virtual_machine.ssh_authorized_keys[0]"));
}

TEST(CheckVirtualMachineTest, NamesTheFieldAtFault) {
  struct Case {
    const char* field;
    std::function<void(v1::VirtualMachine&)> spoil;
  };
  using M = v1::VirtualMachine;
  const std::vector<Case> cases = {
      {"compute_profile", [](M& m) { m.clear_compute_profile(); }},
      {"compute_profile",
       [](M& m) { m.set_compute_profile(std::string(101, 'a')); }},
      {"boot_disk.image", [](M& m) { m.clear_boot_disk(); }},
      {"boot_disk.image",
       [](M& m) { m.mutable_boot_disk()->set_image("../x"); }},
      {"boot_disk.size_gb",
       [](M& m) { m.mutable_boot_disk()->set_size_gb(-1); }},
      {"data_disks[0].size_gb",
       [](M& m) { m.add_data_disks()->set_name("blank"); }},
      {"data_disks[0].size_gb",
       [](M& m) {
         m.add_data_disks()->set_name("d");
         m.mutable_data_disks(0)->set_image("i");
         m.mutable_data_disks(0)->set_size_gb(-1);
       }},
      {"data_disks[0].image",
       [](M& m) {
         m.add_data_disks()->set_name("d");
         m.mutable_data_disks(0)->set_image("a/b");
       }},
      {"data_disks[1].name",
       [](M& m) {
         for (int i = 0; i < 2; ++i) {
           m.add_data_disks()->set_name("same");
           m.mutable_data_disks(i)->set_size_gb(1);
         }
       }},
      {"data_disks",
       [](M& m) {
         for (int i = 0; i < 256; ++i) {
           m.add_data_disks()->set_name("d" + std::to_string(i));
           m.mutable_data_disks(i)->set_size_gb(1);
         }
       }},
      {"zone", [](M& m) { m.clear_zone(); }},
      {"zone", [](M& m) { m.set_zone("A"); }},
      {"subnet_id", [](M& m) { m.clear_subnet_id(); }},
      {"subnet_id", [](M& m) { m.set_subnet_id("/networking/x"); }},
      {"security_group_ids",
       [](M& m) {
         for (int i = 0; i < 101; ++i) m.add_security_group_ids("sg");
       }},
      {"user_data",
       [](M& m) { m.set_user_data(std::string(kMaxUserDataBytes + 1, 'x')); }},
      {"ssh_authorized_keys",
       [](M& m) {
         for (int i = 0; i < 101; ++i) m.add_ssh_authorized_keys("k");
       }},
      {"ssh_authorized_keys[0]", [](M& m) { m.add_ssh_authorized_keys(""); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::VirtualMachine machine = Least();
    spoil(machine);
    EXPECT_THAT(FieldsAtFault(machine),
                ElementsAre("virtual_machine." + std::string(field)))
        << machine.ShortDebugString().substr(0, 300);
  }
}

TEST(CheckVirtualMachineTest, AnImageMayBeNamedInEveryForm) {
  const std::pair<const char*, const char*> forms[] = {
      {"ubuntu.24-04.1", "ubuntu.24-04.1"},
      {"/compute/global/diskImages/evroc/ubuntu.24-04.1", "ubuntu.24-04.1"},
      {"custom:golden", "custom:golden"},
      {"/compute/projects/p/regions/se-sto/customDiskImages/golden",
       "custom:golden"}};
  for (const auto& [text, image] : forms) {
    v1::VirtualMachine machine = Least();
    machine.mutable_boot_disk()->set_image(text);
    v1::DataDisk& data = *machine.add_data_disks();
    data.set_name("d");
    data.set_image(text);
    const auto spec = CheckVirtualMachine(machine, kRest);
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_EQ(spec->boot_disk.image, image);
    EXPECT_EQ(spec->data_disks[0].image, image);
  }
}

TEST(CheckVirtualMachineTest, ACustomImageIsOfTheMachinesProjectAndRegion) {
  for (const char* text :
       {"/compute/projects/q/regions/se-sto/customDiskImages/golden",
        "/compute/projects/p/regions/no-osl/customDiskImages/golden"}) {
    v1::VirtualMachine machine = Least();
    machine.mutable_boot_disk()->set_image(text);
    const absl::Status status = CheckVirtualMachine(machine, kRest).status();
    EXPECT_THAT(FieldsAtFault(status),
                ElementsAre("virtual_machine.boot_disk.image"));
    EXPECT_THAT(std::string(status.message()),
                ::testing::HasSubstr("only have one of its own project \"p\" "
                                     "and region \"se-sto\""));
  }
}

TEST(CheckVirtualMachineTest, UserDataMayHaveAllTheBytesThatTheCloudTakes) {
  v1::VirtualMachine machine = Least();
  machine.set_user_data(std::string(kMaxUserDataBytes, 'x'));
  EXPECT_TRUE(CheckVirtualMachine(machine, kRest).ok());
}

// Dialect A has no zones and no choice of a subnet.
TEST(CheckVirtualMachineTest, SaysWhatTheKubeconfigDialectDoesNotHave) {
  v1::VirtualMachine machine = Least();
  machine.clear_subnet_id();
  absl::Status status = CheckVirtualMachine(machine, kKcp).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(FieldsAtFault(status), ElementsAre("virtual_machine.zone"));
  EXPECT_EQ(DetailsOf(status).reason, "NOT_IN_THIS_API");

  machine = Least();
  machine.clear_zone();
  status = CheckVirtualMachine(machine, kKcp).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(FieldsAtFault(status), ElementsAre("virtual_machine.subnet_id"));

  machine.clear_subnet_id();
  EXPECT_TRUE(CheckVirtualMachine(machine, kKcp).ok());
  machine.mutable_boot_disk()->set_image("custom:golden");
  status = CheckVirtualMachine(machine, kKcp).status();
  EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
  EXPECT_THAT(FieldsAtFault(status),
              ElementsAre("virtual_machine.boot_disk.image"));
}

TEST(CheckVirtualMachineTest, WhatIsWrongComesBeforeWhatIsMissing) {
  v1::VirtualMachine machine = Least();
  machine.clear_compute_profile();
  EXPECT_EQ(CheckVirtualMachine(machine, kKcp).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evroc::compute
