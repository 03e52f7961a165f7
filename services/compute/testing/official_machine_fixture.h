// Fixture of the tests of taking over: a fake cloud with the machine "worker-0"
// of cluster "prod", as Evroc's official provider and the cloud have made it
// (evroc-api.md B.5.1), and an owner to take it over.

#ifndef SERVICES_COMPUTE_TESTING_OFFICIAL_MACHINE_FIXTURE_H_
#define SERVICES_COMPUTE_TESTING_OFFICIAL_MACHINE_FIXTURE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/compute/desired.h"
#include "services/compute/take_over_machine.h"
#include "services/compute/testing/compute_scope_fixture.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {

inline constexpr char kUid[] = "a2c4e6f8-0000-4000-8000-000000000001";
inline const cloud::Labels kDiskLabels = {
    {"team", "one"},
    {kUefiLabel, "true"},
    {"capi_cluster-name", "prod"},
    {"capi_cluster-id", "c1"},
    {"capi_managed-by", "cluster-api-provider-evroc"},
    {"capi_machine-id", "m1"},
    {"capi_machine-name", "worker-0"}};
// Of versions before 0.3.0.
inline const cloud::Labels kOldLabels = {
    {"team", "one"},
    {kUefiLabel, "true"},
    {"capi_cluster-name", "prod"},
    {"capi_cluster-uid", "u1"},
    {"capi_managed-by", "cluster-api-provider-evroc"}};
inline const cloud::Labels kMachineLabels = {{"team", "one"},
                                             {kUefiLabel, "true"},
                                             {"capi_cluster-name", "prod"},
                                             {"capi_role", "worker"},
                                             {"capi_provider", "evroc"}};

// "Disk worker-0-boot-disk", and a letter for the verdict.
inline std::string Summary(const cloud::TakeOverObject& object) {
  const char* const verdicts[] = {"P", "T", "?", "O", "G"};
  return absl::StrCat(object.kind, " ", object.id, " ",
                      verdicts[static_cast<int>(object.verdict)]);
}

// The machine "worker-0" as the official provider and the cloud have made it,
// with a disk "data".
class OfficialMachineFixture : public ComputeScopeFixture {
 protected:
  void SetUp() override {
    owner_.resource_prefix = "worker-0";
    for (const char* name : {"prod-0123abcd-common", "web"}) {
      cloud::SecurityGroup group;
      group.metadata.id = Id<cloud::SecurityGroup>(name);
      network_->security_groups().Put(group);
    }
    cloud::PublicIp address;
    address.metadata.id = Id<cloud::PublicIp>("worker-0-public-ip");
    network_->public_ips().Put(address);
    PutDisk("worker-0-boot-disk", kDiskLabels, "ubuntu.24-04.1", {20, "GB"});
    PutDisk("worker-0-data", kDiskLabels, "", {50, "GB"});
    PutMachine();
    Settle();
  }

  void PutDisk(const char* id, const cloud::Labels& labels,
               const char* image = "",
               const cloud::DiskSize& size = {50, "GB"}) {
    cloud::Disk disk;
    disk.metadata.id = Id<cloud::Disk>(id);
    disk.metadata.labels = labels;
    disk.image = image;
    disk.size = size;
    disk.zone = "a";
    api_->disks().Put(disk);
  }
  void PutMachine() {
    cloud::VirtualMachine machine;
    machine.metadata.id = Id<cloud::VirtualMachine>("worker-0");
    machine.metadata.uid = kUid;
    machine.metadata.labels = kMachineLabels;
    machine.compute_profile = "a1a.s";
    machine.disks = {{Id<cloud::Disk>("worker-0-boot-disk"), true},
                     {Id<cloud::Disk>("worker-0-data"), false}};
    machine.zone = "a";
    machine.subnet = Id<cloud::Subnet>("default-se-sto-a");
    machine.stack_type = cloud::StackType::kDualStack;
    machine.public_ip = Id<cloud::PublicIp>("worker-0-public-ip");
    machine.security_groups = {
        Id<cloud::SecurityGroup>("web"),
        Id<cloud::SecurityGroup>("prod-0123abcd-common")};
    machine.user_data = "#cloud-config";
    api_->virtual_machines().Put(machine);
  }
  void Settle() {
    for (int i = 0; i < 3; ++i) api_->Settle();
    Forget();
  }
  void ChangeMachine(
      const std::function<void(cloud::VirtualMachine&)>& change) {
    api_->virtual_machines().Change(Id<cloud::VirtualMachine>("worker-0"),
                                    change);
  }
  void Relabel(const char* disk, const cloud::Labels& labels) {
    api_->disks().Change(Id<cloud::Disk>(disk), [&](cloud::Disk& object) {
      object.metadata.labels = labels;
    });
  }

  // The same as a request.
  v1::VirtualMachine OfficialRequest() {
    v1::VirtualMachine spec = Request();
    spec.mutable_owner()->set_resource_prefix("worker-0");
    AddDisk("data", spec);
    spec.set_stack_type(common::v1::STACK_TYPE_DUAL_STACK);
    spec.set_public_ip_id("worker-0-public-ip");
    spec.add_security_group_ids("prod-0123abcd-common");
    spec.add_security_group_ids("web");
    (*spec.mutable_labels())["team"] = "one";
    (*spec.mutable_labels())[kUefiLabel] = "true";
    return spec;
  }
  static void AddDisk(const char* name, v1::VirtualMachine& spec) {
    v1::DataDisk& disk = *spec.add_data_disks();
    disk.set_name(name);
    disk.set_size_gb(50);
  }

  MachineTakeOver TakeOver(cloud::TakeOverAction action) {
    const auto taken = scope_->TakeOver(
        {}, {.owner = owner_, .previous = previous_, .action = action});
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.value_or(MachineTakeOver());
  }
  std::vector<std::string> Summaries(cloud::TakeOverAction action) {
    std::vector<std::string> all;
    for (const cloud::TakeOverObject& each : TakeOver(action).objects) {
      all.push_back(Summary(each));
    }
    return all;
  }
  std::vector<std::string> Report() {
    return Summaries(cloud::TakeOverAction::kReport);
  }
  // Why the object with that id is what it is.
  std::string Reason(const std::string& id) {
    for (const auto& each : TakeOver(cloud::TakeOverAction::kReport).objects) {
      if (each.id == id) return each.reason;
    }
    return "it is not mentioned";
  }
  void Take() {
    TakeOver(cloud::TakeOverAction::kTake);
    Forget();
  }
  void GiveBack() {
    TakeOver(cloud::TakeOverAction::kGiveBack);
    Forget();
  }

  std::optional<cloud::VirtualMachine> Machine() {
    return api_->virtual_machines().Find(Id<cloud::VirtualMachine>("worker-0"));
  }
  cloud::Labels LabelsOfDisk(const char* id) {
    const auto disk = api_->disks().Find(Id<cloud::Disk>(id));
    return disk.has_value() ? disk->metadata.labels : cloud::Labels();
  }
  cloud::Labels With(cloud::Labels labels, const char* role,
                     const char* part = "") {
    cloud::Labels all = cloud::OwnerLabels(owner_);
    all[cloud::kRoleLabel] = role;
    if (*part != '\0') all[cloud::kPartLabel] = part;
    all.insert(labels.begin(), labels.end());
    return all;
  }

  cloud::Owner owner_ = kOwner;
  cloud::PreviousOwner previous_ = {.cluster_id = "c1",
                                    .cluster_uid = "u1",
                                    .cluster_names = {"prod"},
                                    .machine_id = "m1",
                                    .machine_uids = {kUid}};
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_TESTING_OFFICIAL_MACHINE_FIXTURE_H_
