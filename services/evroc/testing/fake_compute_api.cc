#include "services/evroc/testing/fake_compute_api.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/catalogue_name.h"
#include "services/evroc/api/spec.h"

namespace evroc::cloud {
namespace {

// The cloud's limit (evroc-api.md B.5.5).
constexpr size_t kMaxInPlacementGroup = 5;
constexpr char kKcpName[] = "the kubeconfig (KCP) API";

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

Conditions ReadyCondition(bool ready, absl::string_view reason) {
  return {{.type = "Ready",
           .status = ready ? ConditionStatus::kTrue : ConditionStatus::kFalse,
           .reason = std::string(reason)}};
}

bool UsesDisk(const VirtualMachine& machine, const Id<Disk>& disk) {
  return std::any_of(
      machine.disks.begin(), machine.disks.end(),
      [&](const VirtualMachine::DiskRef& ref) { return ref.disk == disk; });
}

}  // namespace

FakeComputeApi::FakeComputeApi(FakeNetworkApi& network, FakeDialect dialect,
                               Clock& clock)
    : network_(network),
      dialect_(dialect),
      clock_(clock),
      profiles_(
          {{"a1a.s", 2, 8192, "amd64", "", 0},
           {"c1a.s", 2, 4096, "amd64", "", 0},
           {"gn-l40s.s", 15, 194560, "amd64", "nvidia.com/AD102GL_L40S", 1}}),
      images_({"ubuntu-minimal.24-04.1", "ubuntu.24-04.1"}),
      virtual_machines_("VirtualMachine", MachineRules(), clock),
      disks_("Disk", DiskRules(), clock),
      placement_groups_("PlacementGroup", PlacementGroupRules(), clock),
      hotswap_attachments_("HotswapDiskAttachment", HotswapRules(), clock) {
  network_.set_machines([this] { return virtual_machines_.All(); });
  if (dialect == FakeDialect::kRest) return;
  virtual_machines_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  disks_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  placement_groups_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  hotswap_attachments_.set_behaviour(

      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
}

FakeComputeApi::~FakeComputeApi() { network_.set_machines(nullptr); }

Capabilities FakeComputeApi::capabilities() const {
  return network_.capabilities();
}

absl::Status FakeComputeApi::BeginCatalogueCall(const CallContext& context,
                                                FakeFaults& faults, Verb verb) {
  const FakeFaults::Fault fault = faults.Begin(verb);
  if (dialect_ == FakeDialect::kKcp) {
    return absl::UnimplementedError(
        absl::StrCat(kKcpName, " has no catalogue and no zones"));
  }
  absl::Status alive = CheckAlive(context, clock_);
  return alive.ok() ? fault.error : alive;
}

absl::StatusOr<std::vector<ComputeProfile>> FakeComputeApi::ListComputeProfiles(
    const CallContext& context) {
  absl::Status status = BeginCatalogueCall(context, catalogue_faults_);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (profiles_.empty()) return absl::NotFoundError("no computeProfiles");
  return profiles_;
}

absl::StatusOr<std::vector<DiskImage>> FakeComputeApi::ListDiskImages(
    const CallContext& context) {
  absl::Status status = BeginCatalogueCall(context, catalogue_faults_);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (images_.empty()) return absl::NotFoundError("no diskImages");
  std::vector<DiskImage> images;
  for (const std::string& name : images_) images.push_back({.name = name});
  return images;
}

absl::StatusOr<std::vector<DiskImage>> FakeComputeApi::ListCustomImages(
    const CallContext& context) {
  absl::Status status = BeginCatalogueCall(context, custom_image_faults_);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  return custom_images_;
}

absl::StatusOr<DiskImage> FakeComputeApi::GetCustomImage(
    const CallContext& context, absl::string_view name) {
  absl::Status status =
      BeginCatalogueCall(context, custom_image_faults_, Verb::kGet);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  for (const DiskImage& image : custom_images_) {
    if (image.name == absl::StrCat(kCustomImagePrefix, name)) return image;
  }
  return absl::NotFoundError("no such custom image");
}

void FakeComputeApi::set_custom_images(std::vector<DiskImage> images) {
  absl::MutexLock lock(&mutex_);
  custom_images_ = std::move(images);
}

absl::StatusOr<std::vector<std::string>> FakeComputeApi::ListZones(
    const CallContext& context) {
  absl::Status status = BeginCatalogueCall(context, catalogue_faults_);
  if (!status.ok()) return status;
  std::set<std::string> zones;
  for (const Subnet& subnet : network_.subnets().All()) {
    zones.insert(subnet.zone);
  }
  return std::vector<std::string>(zones.begin(), zones.end());
}

void FakeComputeApi::set_catalogue(std::vector<ComputeProfile> profiles,
                                   std::vector<std::string> images) {
  absl::MutexLock lock(&mutex_);
  profiles_ = std::move(profiles);
  images_ = std::move(images);
}

void FakeComputeApi::Settle() {
  bool changed = true;
  while (changed) {
    network_.Settle();
    changed = hotswap_attachments_.Settle();
    changed = disks_.Settle() || changed;
    changed = virtual_machines_.Settle() || changed;
    changed = placement_groups_.Settle() || changed;
  }
}

void FakeComputeApi::FailProvisioning(const Id<VirtualMachine>& id) {
  virtual_machines_.Change(id, [](VirtualMachine& machine) {
    machine.status.state = "ProvisioningFailed";
    machine.status.conditions = ReadyCondition(false, "ProvisioningFailed");
    machine.status.conditions.push_back({.type = "VMIsRunning",
                                         .status = ConditionStatus::kFalse,
                                         .reason = "ProvisioningFailed",
                                         .message = "no capacity"});
  });
}

void FakeComputeApi::RefuseRoom(const Id<VirtualMachine>& id) {
  virtual_machines_.Change(id, [](VirtualMachine& machine) {
    machine.status.state = "ErrorUnschedulable";
    machine.status.conditions = ReadyCondition(false, "ErrorUnschedulable");
  });
}

void FakeComputeApi::Stop(const Id<VirtualMachine>& id) {
  virtual_machines_.Change(
      id, [](VirtualMachine& machine) { machine.running = false; });
  Settle();
}

int FakeComputeApi::reads() {
  return virtual_machines_.faults().reads() + disks_.faults().reads() +
         placement_groups_.faults().reads() +
         hotswap_attachments_.faults().reads() + catalogue_faults_.reads() +
         custom_image_faults_.reads();
}

int FakeComputeApi::writes() {
  return virtual_machines_.faults().writes() + disks_.faults().writes() +
         placement_groups_.faults().writes() +
         hotswap_attachments_.faults().writes();
}

void FakeComputeApi::ResetCalls() {
  virtual_machines_.faults().ResetCalls();
  disks_.faults().ResetCalls();
  placement_groups_.faults().ResetCalls();
  hotswap_attachments_.faults().ResetCalls();
  catalogue_faults_.ResetCalls();
  custom_image_faults_.ResetCalls();
}

bool FakeComputeApi::KnowsProfile(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  return profiles_.empty() || std::any_of(profiles_.begin(), profiles_.end(),
                                          [&](const ComputeProfile& each) {
                                            return each.name == name;
                                          });
}

bool FakeComputeApi::KnowsImage(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  if (IsCustomImage(name)) {
    return std::any_of(
        custom_images_.begin(), custom_images_.end(),
        [&](const DiskImage& each) { return each.name == name; });
  }
  return images_.empty() ||
         std::find(images_.begin(), images_.end(), name) != images_.end();
}

std::vector<Id<VirtualMachine>> FakeComputeApi::MachinesIn(
    const Id<PlacementGroup>& group) const {
  std::vector<Id<VirtualMachine>> ids;
  for (const VirtualMachine& machine : virtual_machines_.All()) {
    if (machine.placement_group == group) ids.push_back(machine.metadata.id);
  }
  return ids;
}

void FakeComputeApi::set_needs_ready_groups() {
  absl::MutexLock lock(&mutex_);
  needs_ready_groups_ = true;
}

bool FakeComputeApi::needs_ready_groups() const {
  absl::MutexLock lock(&mutex_);
  return needs_ready_groups_;
}

absl::Status FakeComputeApi::CheckPlacementGroupOf(
    const VirtualMachine& machine) const {
  if (machine.placement_group.empty()) return absl::OkStatus();
  const std::optional<PlacementGroup> group =
      placement_groups_.Find(machine.placement_group);
  if (!group) return Invalid("placementGroupRef", "does not exist");
  if (!group->zone.empty() && group->zone != machine.zone) {
    return Invalid("placementGroupRef", "not in the machine's zone");
  }
  if (!IsReady(group->status.conditions) && needs_ready_groups()) {
    return Invalid("placementGroupRef", "the group is not ready");
  }
  std::vector<Id<VirtualMachine>> others = MachinesIn(group->metadata.id);
  std::erase(others, machine.metadata.id);
  if (others.size() < kMaxInPlacementGroup) return absl::OkStatus();
  return Invalid("placementGroupRef", "the group has 5 machines already");
}

absl::Status FakeComputeApi::CheckReferences(
    const VirtualMachine& machine) const {
  if (!machine.public_ip.empty() &&
      !network_.public_ips().Find(machine.public_ip)) {
    return Invalid("publicIPRef", "does not exist");
  }
  EVROC_RETURN_IF_ERROR(CheckPlacementGroupOf(machine));
  if (dialect_ == FakeDialect::kKcp) return absl::OkStatus();
  for (const Id<SecurityGroup>& group : machine.security_groups) {
    if (!network_.security_groups().Find(group)) {
      return Invalid("securityGroupMemberRefs",
                     absl::StrCat(group.value(), " does not exist"));
    }
  }
  const std::optional<Subnet> subnet = network_.subnets().Find(machine.subnet);
  if (!subnet) return Invalid("subnetRef", "does not exist");
  if (subnet->zone != machine.zone) {
    return Invalid("subnetRef", "not in the machine's zone");
  }
  return absl::OkStatus();
}

absl::Status FakeComputeApi::CheckDisks(const VirtualMachine& machine) const {
  int boot_disks = 0;
  for (const VirtualMachine::DiskRef& ref : machine.disks) {
    const std::optional<Disk> disk = disks_.Find(ref.disk);
    if (!disk) return Invalid("diskRef", "does not exist");
    if (dialect_ == FakeDialect::kRest && disk->zone != machine.zone) {
      return Invalid("diskRef", "not in the machine's zone");
    }
    for (const VirtualMachine& other : virtual_machines_.All()) {
      if (other.metadata.id != machine.metadata.id &&
          UsesDisk(other, ref.disk)) {
        return Invalid("diskRef", "used by another machine");
      }
    }
    boot_disks += ref.boot ? 1 : 0;
  }
  if (boot_disks != 1) return Invalid("disks", "one boot disk is needed");
  return absl::OkStatus();
}

absl::Status FakeComputeApi::CheckMachine(const VirtualMachine& machine) const {
  if (!KnowsProfile(machine.compute_profile)) {
    return Invalid("computeProfileRef", "no such profile");
  }
  absl::Status status = CheckDisks(machine);
  return status.ok() ? CheckReferences(machine) : status;
}

FakeRules<VirtualMachine> FakeComputeApi::MachineRules() {
  return {
      .check_create =
          [this](const VirtualMachine& machine) {
            return CheckMachine(machine);
          },
      .check_update = [this](const VirtualMachine& current,
                             const VirtualMachine& wanted) -> absl::Status {
        const bool stopped = current.status.state == "Stopped";
        if (current.zone != wanted.zone || current.subnet != wanted.subnet) {
          return Invalid("placement", "immutable");
        }
        if (!stopped && (current.compute_profile != wanted.compute_profile ||
                         current.disks != wanted.disks ||
                         current.placement_group != wanted.placement_group)) {
          return Invalid("spec", "the machine must be stopped for this");
        }
        return CheckMachine(wanted);
      },
      .on_create =
          [this](VirtualMachine& machine) {
            if (dialect_ == FakeDialect::kKcp) machine.zone = "";
            machine.status.state = "Creating";
            machine.status.conditions = ReadyCondition(false, "Creating");
          },
      .settle = [this](VirtualMachine& machine) { SettleMachine(machine); },
  };
}

void FakeComputeApi::SettleMachine(VirtualMachine& machine) {
  if (machine.status.state == "ProvisioningFailed" ||
      machine.status.state == "ErrorUnschedulable") {
    return;
  }
  for (const VirtualMachine::DiskRef& ref : machine.disks) {
    const std::optional<Disk> disk = disks_.Find(ref.disk);
    if (!disk || !IsReady(disk->status.conditions)) return;
  }
  Connect(machine);
  machine.status.zone = machine.zone.empty() ? "a" : machine.zone;
  machine.status.attached_disks.clear();
  for (const VirtualMachine::DiskRef& ref : machine.disks) {
    machine.status.attached_disks.push_back(ref.disk);
  }
  machine.status.hotswap_disks.clear();
  for (const HotswapAttachment& each : hotswap_attachments_.All()) {
    if (each.machine == machine.metadata.id &&
        IsReady(each.status.conditions)) {
      machine.status.hotswap_disks.push_back(each.disk);
    }
  }
  machine.status.state = machine.running ? "Running" : "Stopped";
  machine.status.conditions =
      ReadyCondition(machine.running, machine.status.state);
}

// Assigns the machine's addresses; the private ones only once.
void FakeComputeApi::Connect(VirtualMachine& machine) {
  VirtualMachine::Status& status = machine.status;
  if (status.private_ipv4_address.empty()) {
    absl::MutexLock lock(&mutex_);
    ++addresses_;
    status.private_ipv4_address =
        absl::StrCat("10.0.", 1 + addresses_ / 250, ".", 1 + addresses_ % 250);
    status.ipv6_address = absl::StrCat("2001:db8::", addresses_);
  }
  const std::optional<PublicIp> address =
      network_.public_ips().Find(machine.public_ip);
  const bool held =
      address && absl::EndsWith(address->status.used_by,
                                absl::StrCat("/", machine.metadata.id.value()));
  status.public_ipv4_address = held ? address->status.address : "";
  status.failed_security_groups.clear();
  for (const Id<SecurityGroup>& group : machine.security_groups) {
    if (!network_.security_groups().Find(group)) {
      status.failed_security_groups.push_back(group);
    }
  }
}

absl::Status FakeComputeApi::CheckDisk(const Disk& disk) const {
  if (dialect_ == FakeDialect::kRest && disk.zone != "a" && disk.zone != "b" &&
      disk.zone != "c") {
    return Invalid("placement.zone", "no such zone");
  }
  if (!disk.image.empty() && !KnowsImage(disk.image)) {
    return Invalid("diskImageRef", "no such image");
  }
  if (disk.image.empty() && !disk.size) {
    return Invalid("diskSize", "required for a blank disk");
  }
  if (disk.size && Bytes(*disk.size) == 0) {
    return Invalid("diskSize", "makes no sense");
  }
  return absl::OkStatus();
}

FakeRules<Disk> FakeComputeApi::DiskRules() {
  return {
      .check_create = [this](const Disk& disk) { return CheckDisk(disk); },
      .check_update = [this](const Disk& current,
                             const Disk& wanted) -> absl::Status {
        if (current.zone != wanted.zone || current.image != wanted.image) {
          return Invalid("spec", "zone and source are immutable");
        }
        if (current.size && wanted.size &&
            Bytes(*wanted.size) < Bytes(*current.size)) {
          return Invalid("diskSize", "a disk can't shrink");
        }
        return CheckDisk(wanted);
      },
      .on_create =
          [this](Disk& disk) {
            if (dialect_ == FakeDialect::kKcp) disk.zone = "";
            disk.status.conditions =
                ReadyCondition(false, "DiskImageDownloading");
          },
      .in_use =
          [this](const Disk& disk) {
            for (const VirtualMachine& machine : virtual_machines_.All()) {
              if (UsesDisk(machine, disk.metadata.id)) return true;
            }
            for (const HotswapAttachment& each : hotswap_attachments_.All()) {
              if (each.disk == disk.metadata.id) return true;
            }
            return false;
          },
      .settle =
          [this](Disk& disk) {
            disk.status.conditions = ReadyCondition(true, "DiskReady");
            disk.status.size = disk.size.value_or(DiskSize{.amount = 10});
            disk.status.usage.clear();
            for (const VirtualMachine& machine : virtual_machines_.All()) {
              if (UsesDisk(machine, disk.metadata.id)) {
                disk.status.usage.push_back({false, machine.metadata.id});
              }
            }
            for (const HotswapAttachment& each : hotswap_attachments_.All()) {
              if (each.disk == disk.metadata.id) {
                disk.status.usage.push_back({true, each.machine});
              }
            }
          },
  };
}

FakeRules<PlacementGroup> FakeComputeApi::PlacementGroupRules() {
  return {
      .check_create = [](const PlacementGroup& group) -> absl::Status {
        if (group.strategy == "spread") return absl::OkStatus();
        return Invalid("strategy.type", "no such strategy");
      },
      .on_create =
          [this](PlacementGroup& group) {
            if (dialect_ == FakeDialect::kKcp) group.zone = "";
            group.status.conditions = ReadyCondition(false, "Creating");
          },
      .in_use =
          [this](const PlacementGroup& group) {
            return !MachinesIn(group.metadata.id).empty();
          },
      .settle =
          [this](PlacementGroup& group) {
            group.status.conditions = ReadyCondition(true, "Ready");
            group.status.machines = MachinesIn(group.metadata.id);
          },
  };
}

FakeRules<HotswapAttachment> FakeComputeApi::HotswapRules() {
  return {
      .check_create = [this](const HotswapAttachment& each) -> absl::Status {
        if (!disks_.Find(each.disk)) {
          return Invalid("diskRef", "does not exist");
        }
        if (!virtual_machines_.Find(each.machine)) {
          return Invalid("virtualMachineRef", "does not exist");
        }
        return absl::OkStatus();
      },
      .on_create =
          [](HotswapAttachment& each) {
            each.status.conditions = ReadyCondition(false, "Attaching");
          },
      .settle =
          [this](HotswapAttachment& each) {
            const std::optional<Disk> disk = disks_.Find(each.disk);
            if (!disk || !IsReady(disk->status.conditions)) return;
            each.status.conditions = ReadyCondition(true, "AttachmentReady");
          },
  };
}

}  // namespace evroc::cloud
