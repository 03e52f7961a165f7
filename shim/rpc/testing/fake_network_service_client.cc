#include "shim/rpc/testing/fake_network_service_client.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "shim/rpc/testing/fake_network_description.h"
#include "shim/rpc/testing/fake_values.h"

namespace evroc::shim {
namespace {

using network::v1::ClusterNetwork;
using network::v1::PublicIp;

common::v1::RemainingObject StillThere(const std::string& kind,
                                       const std::string& id) {
  common::v1::RemainingObject object;
  object.set_kind(kind);
  object.set_id(id);
  object.set_reason("deletion requested");
  return object;
}

absl::Status CheckMachine(const common::v1::Owner& owner) {
  Violations violations;
  violations.Check(!owner.cluster_id().empty(), "owner.cluster_id",
                   "is required");
  violations.Check(!owner.machine_id().empty(), "owner.machine_id",
                   "is required");
  return violations.ToStatus();
}

// The keys of a network and of a public IP in the streams.
std::string NetworkKey(const std::string& id) { return "network " + id; }
std::string AddressKey(const std::string& id) { return "address " + id; }

// The VPC is what the cloud is recognised by.
void RecordVpc(FakeAccess& access, const common::v1::CloudScope& scope,
               ClusterNetwork& network) {
  network.clear_objects();
  common::v1::KnownObject& vpc = *network.add_objects();
  vpc.set_kind("VirtualPrivateCloud");
  vpc.set_id(network.vpc().name());
  vpc.set_uid(absl::StrCat("uid of ", network.vpc().name(), " of ",
                           network.owner().cluster_id()));
  access.Put(access.IdentityOf(scope), vpc.uid());
}

}  // namespace

FakeNetworkServiceClient::FakeNetworkServiceClient()
    : faults_({"ApplyClusterNetwork", "GetClusterNetwork",
               "DeleteClusterNetwork", "ApplyPublicIp", "DeletePublicIp",
               "TakeOverClusterNetwork", "TakeOverPublicIp",
               "PlanClusterNetwork", "PlanPublicIp", "CheckCredentials",
               "Watch"}) {}

absl::StatusOr<ClusterNetwork> FakeNetworkServiceClient::ApplyNetworkLocked(
    const common::v1::CloudScope& scope, const ClusterNetwork& desired) {
  const std::string& cluster_id = desired.owner().cluster_id();
  absl::Status refused = CheckDesiredFakeNetwork(desired, rest_);
  const auto found = networks_.find(cluster_id);
  if (found != networks_.end()) {
    ClusterNetwork& network = found->second.resource;
    refused.Update(CheckFakeNetworkChange(network, desired, rest_));
    if (!refused.ok()) {
      SetFakeMembers(desired, network);
      AddFakeSubnets(desired, rest_, network);
      PublishLocked(found->second);
    }
  }
  EVROC_RETURN_IF_ERROR(refused);
  EVROC_RETURN_IF_ERROR(WithMetadata(official_.CheckNames(desired.owner()),
                                     "condition", "ControlPlaneEndpointReady"));
  NetworkEntry& entry = networks_[cluster_id];
  entry.project = scope.project();
  CopyDesiredFakeNetwork(desired, rest_, entry.resource);
  RecordVpc(access_, scope, entry.resource);
  if (instant_ &&
      entry.resource.state() == ClusterNetwork::STATE_PROVISIONING) {
    MakeReadyLocked(entry);
  }
  PublishLocked(entry);
  return entry.resource;
}

absl::StatusOr<ClusterNetwork> FakeNetworkServiceClient::ApplyClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const ClusterNetwork& desired) {
  const FakeFaults::Fault fault = faults_.Begin("ApplyClusterNetwork");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::StatusOr<ClusterNetwork> network;
  {
    absl::MutexLock lock(&mutex_);
    network = ApplyNetworkLocked(scope, desired);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return network;
}

absl::StatusOr<ClusterNetwork> FakeNetworkServiceClient::GetClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const std::string& cluster_id) {
  const FakeFaults::Fault fault = faults_.Begin("GetClusterNetwork");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::MutexLock lock(&mutex_);
  const auto found = networks_.find(cluster_id);
  if (found == networks_.end()) {
    return absl::NotFoundError("there is no network of " + cluster_id);
  }
  return found->second.resource;
}

FakeNetworkServiceClient::Remaining
FakeNetworkServiceClient::DeleteNetworkLocked(const std::string& cluster_id) {
  const auto found = networks_.find(cluster_id);
  if (found == networks_.end()) return {};
  NetworkEntry& entry = found->second;
  if (instant_) {
    networks_.erase(found);
    streams_.Remove(NetworkKey(cluster_id));
    return {};
  }
  entry.resource.set_state(ClusterNetwork::STATE_DELETING);
  PublishLocked(entry);
  return {StillThere("VirtualPrivateCloud", entry.resource.vpc().name())};
}

absl::StatusOr<FakeNetworkServiceClient::Remaining>
FakeNetworkServiceClient::DeleteClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeNetwork& network) {
  const FakeFaults::Fault fault = faults_.Begin("DeleteClusterNetwork");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  const std::string& cluster_id = network.owner.cluster_id();
  const std::string& workload_identifier = network.workload_identifier;
  if (cluster_id.empty()) return InvalidField("cluster_id", "is required");
  if (!workload_identifier.empty() && !IsUuid(workload_identifier)) {
    return InvalidField("workload_identifier", "is not a UUID");
  }
  Remaining remaining;
  {
    absl::MutexLock lock(&mutex_);
    last_deletion_ = network;
    remaining = workload_.Delete("PublicIP", workload_identifier, instant_);
    if (!rest_ && !network.load_balancer_id.empty()) {
      remaining.push_back(StillThere("LoadBalancer", network.load_balancer_id));
    }
    if (remaining.empty()) remaining = DeleteNetworkLocked(cluster_id);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return remaining;
}

absl::StatusOr<PublicIp> FakeNetworkServiceClient::ApplyAddressLocked(
    const common::v1::CloudScope& scope, const PublicIp& desired) {
  Violations violations;
  CheckFakeOwner(desired.owner(), true, "public_ip.owner", violations);
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  EVROC_RETURN_IF_ERROR(official_.CheckNames(desired.owner()));
  AddressEntry& entry = addresses_[desired.owner().machine_id()];
  entry.project = scope.project();
  PublicIp& address = entry.resource;
  *address.mutable_owner() = desired.owner();
  *address.mutable_labels() = desired.labels();
  const std::string& prefix = desired.owner().resource_prefix();
  address.set_id(prefix.empty() ? FakeId(desired.owner().machine_name(),
                                         "ip " + desired.owner().machine_id())
                                : prefix + "-public-ip");
  if (address.state() == PublicIp::STATE_UNSPECIFIED) {
    address.set_state(PublicIp::STATE_PROVISIONING);
  }
  if (instant_ && address.state() == PublicIp::STATE_PROVISIONING) {
    GiveAddressLocked(entry);
  }
  PublishLocked(entry);
  return address;
}

absl::StatusOr<PublicIp> FakeNetworkServiceClient::ApplyPublicIp(
    const CallContext& context, const common::v1::CloudScope& scope,
    const PublicIp& desired) {
  const FakeFaults::Fault fault = faults_.Begin("ApplyPublicIp");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::StatusOr<PublicIp> address;
  {
    absl::MutexLock lock(&mutex_);
    address = ApplyAddressLocked(scope, desired);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return address;
}

FakeNetworkServiceClient::Remaining
FakeNetworkServiceClient::DeleteAddressLocked(const std::string& machine_id) {
  const auto found = addresses_.find(machine_id);
  if (found == addresses_.end()) return {};
  AddressEntry& entry = found->second;
  if (instant_) {
    addresses_.erase(found);
    streams_.Remove(AddressKey(machine_id));
    return {};
  }
  entry.resource.set_state(PublicIp::STATE_DELETING);
  PublishLocked(entry);
  return {StillThere("PublicIP", entry.resource.id())};
}

absl::StatusOr<FakeNetworkServiceClient::Remaining>
FakeNetworkServiceClient::DeletePublicIp(const CallContext& context,
                                         const common::v1::CloudScope& scope,
                                         const common::v1::Owner& owner) {
  const FakeFaults::Fault fault = faults_.Begin("DeletePublicIp");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  EVROC_RETURN_IF_ERROR(CheckMachine(owner));
  Remaining remaining;
  {
    absl::MutexLock lock(&mutex_);
    remaining = DeleteAddressLocked(owner.machine_id());
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return remaining;
}

// Of a network that was made here the load balancer stands for all of it.
void FakeNetworkServiceClient::AddOwnObjects(
    const common::v1::Owner& owner,
    std::vector<common::v1::TakeOverObject>& objects) {
  const std::optional<ClusterNetwork> network = Network(owner.cluster_id());
  if (!network.has_value() || !network->owner().resource_prefix().empty()) {
    return;
  }
  common::v1::TakeOverObject& object = objects.emplace_back();
  object.set_kind("LoadBalancer");
  object.set_id(absl::StrCat(network->owner().cluster_name(), "-endpoint"));
  object.set_verdict(common::v1::TakeOverObject::NOT_THEIRS);
  object.set_reason("the fake made it");
}

absl::StatusOr<std::vector<common::v1::TakeOverObject>>
FakeNetworkServiceClient::TakeOver(const std::string& method,
                                   const CallContext& context,
                                   const common::v1::CloudScope& scope,
                                   const TakeOverInput& input) {
  const FakeFaults::Fault fault = faults_.Begin(method);
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  EVROC_ASSIGN_OR_RETURN(
      std::vector<common::v1::TakeOverObject> objects,
      official_.TakeOver(input, method == "TakeOverPublicIp"));
  if (method == "TakeOverClusterNetwork") AddOwnObjects(input.owner, objects);
  if (!fault.error.ok()) return fault.error;
  return objects;
}

absl::StatusOr<std::vector<common::v1::TakeOverObject>>
FakeNetworkServiceClient::TakeOverClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const TakeOverInput& input) {
  return TakeOver("TakeOverClusterNetwork", context, scope, input);
}

absl::StatusOr<std::vector<common::v1::TakeOverObject>>
FakeNetworkServiceClient::TakeOverPublicIp(const CallContext& context,
                                           const common::v1::CloudScope& scope,
                                           const TakeOverInput& input) {
  return TakeOver("TakeOverPublicIp", context, scope, input);
}

absl::StatusOr<network::v1::PlanClusterNetworkResponse>
FakeNetworkServiceClient::PlanClusterNetwork(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner,
    const ClusterNetwork& desired) {
  const FakeFaults::Fault fault = faults_.Begin("PlanClusterNetwork");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::MutexLock lock(&mutex_);
  EVROC_RETURN_IF_ERROR(CheckDesiredFakeNetwork(desired, rest_));
  if (previous_owner.cluster_names().empty()) {
    return InvalidField("previous_owner.cluster_names", "has to be one or two");
  }
  network::v1::PlanClusterNetworkResponse response;
  CopyDesiredFakeNetwork(desired, rest_, *response.mutable_cluster_network());
  official_.FillPlan(desired.owner().cluster_id(), response);
  return response;
}

absl::StatusOr<network::v1::PlanPublicIpResponse>
FakeNetworkServiceClient::PlanPublicIp(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner, const PublicIp& desired,
    bool deleted) {
  const FakeFaults::Fault fault = faults_.Begin("PlanPublicIp");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  Violations violations;
  CheckFakeOwner(desired.owner(), true, "public_ip.owner", violations);
  violations.Check(!previous_owner.cluster_names().empty(),
                   "previous_owner.cluster_names", "has to be one or two");
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  network::v1::PlanPublicIpResponse response;
  response.set_id(
      absl::StrCat(desired.owner().resource_prefix(), "-public-ip"));
  if (deleted) response.add_changes("deletes PublicIP " + response.id());
  return response;
}

absl::StatusOr<common::v1::CredentialCheck>
FakeNetworkServiceClient::CheckCredentials(
    const CallContext& context, const common::v1::CloudScope& scope) {
  const FakeFaults::Fault fault = faults_.Begin("CheckCredentials");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, InAnyCloud(scope)));
  absl::MutexLock lock(&mutex_);
  common::v1::CredentialCheck check;
  *check.mutable_identity() = access_.IdentityOf(scope);
  check.set_proof(access_.Prove(scope));
  check.set_project(scope.project());
  check.set_region(scope.region().empty() ? "se-sto" : scope.region());
  check.set_dialect(rest_ ? common::v1::CredentialCheck::DIALECT_REST
                          : common::v1::CredentialCheck::DIALECT_KCP);
  check.set_load_balancers(rest_);
  check.set_zones(rest_);
  return check;
}

std::unique_ptr<WatchCall> FakeNetworkServiceClient::Watch(
    const common::v1::CloudScope& scope, const std::string& cursor,
    NetworkObserver& observer) {
  const FakeFaults::Fault fault = faults_.Begin("Watch");
  const absl::Status refused =
      fault.error.ok() ? access_.Check({}, InAnyCloud(scope)) : fault.error;
  if (!refused.ok()) return streams_.Refuse(refused, observer);
  return streams_.Open(scope.project(), cursor, observer);
}

void FakeNetworkServiceClient::SetInstant(bool instant) {
  absl::MutexLock lock(&mutex_);
  instant_ = instant;
}

void FakeNetworkServiceClient::SetRest(bool rest) {
  absl::MutexLock lock(&mutex_);
  rest_ = rest;
}

std::optional<ClusterNetwork> FakeNetworkServiceClient::Network(
    const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = networks_.find(cluster_id);
  if (found == networks_.end()) return std::nullopt;
  return found->second.resource;
}

NetworkServiceClient::WholeNetwork FakeNetworkServiceClient::last_deletion()
    const {
  absl::MutexLock lock(&mutex_);
  return last_deletion_;
}

std::optional<PublicIp> FakeNetworkServiceClient::Address(
    const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = addresses_.find(machine_id);
  if (found == addresses_.end()) return std::nullopt;
  return found->second.resource;
}

void FakeNetworkServiceClient::FinishNetwork(const std::string& cluster_id) {
  {
    absl::MutexLock lock(&mutex_);
    NetworkEntry& entry = FindNetworkLocked(cluster_id);
    MakeReadyLocked(entry);
    PublishLocked(entry);
  }
  streams_.Deliver();
}

void FakeNetworkServiceClient::FailNetwork(const std::string& cluster_id,
                                           const std::string& type,
                                           const std::string& reason,
                                           const std::string& message) {
  ChangeNetwork(cluster_id, [&](ClusterNetwork& network) {
    FailFakeNetwork(type, reason, message, network);
  });
}

void FakeNetworkServiceClient::FinishDeletion(const std::string& cluster_id) {
  {
    absl::MutexLock lock(&mutex_);
    CHECK_EQ(FindNetworkLocked(cluster_id).resource.state(),
             ClusterNetwork::STATE_DELETING);
    networks_.erase(cluster_id);
    streams_.Remove(NetworkKey(cluster_id));
  }
  streams_.Deliver();
}

void FakeNetworkServiceClient::ChangeNetwork(
    const std::string& cluster_id,
    const std::function<void(ClusterNetwork&)>& change) {
  {
    absl::MutexLock lock(&mutex_);
    NetworkEntry& entry = FindNetworkLocked(cluster_id);
    change(entry.resource);
    PublishLocked(entry);
  }
  streams_.Deliver();
}

void FakeNetworkServiceClient::GiveAddress(const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    AddressEntry& entry = FindAddressLocked(machine_id);
    GiveAddressLocked(entry);
    PublishLocked(entry);
  }
  streams_.Deliver();
}

void FakeNetworkServiceClient::FinishAddressDeletion(
    const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    CHECK_EQ(FindAddressLocked(machine_id).resource.state(),
             PublicIp::STATE_DELETING);
    addresses_.erase(machine_id);
    streams_.Remove(AddressKey(machine_id));
  }
  streams_.Deliver();
}

void FakeNetworkServiceClient::ChangeAddress(
    const std::string& machine_id,
    const std::function<void(PublicIp&)>& change) {
  {
    absl::MutexLock lock(&mutex_);
    AddressEntry& entry = FindAddressLocked(machine_id);
    change(entry.resource);
    PublishLocked(entry);
  }
  streams_.Deliver();
}

FakeNetworkServiceClient::NetworkEntry&
FakeNetworkServiceClient::FindNetworkLocked(const std::string& cluster_id) {
  const auto found = networks_.find(cluster_id);
  CHECK(found != networks_.end()) << "no network of cluster " << cluster_id;
  return found->second;
}

FakeNetworkServiceClient::AddressEntry&
FakeNetworkServiceClient::FindAddressLocked(const std::string& machine_id) {
  const auto found = addresses_.find(machine_id);
  CHECK(found != addresses_.end()) << "no public IP of machine " << machine_id;
  return found->second;
}

void FakeNetworkServiceClient::PublishLocked(NetworkEntry& entry) {
  DescribeFakeNetwork(rest_, entry.resource);
  network::v1::WatchResponse response;
  *response.mutable_cluster_network() = entry.resource;
  streams_.Put(entry.project, NetworkKey(entry.resource.owner().cluster_id()),
               std::move(response));
}

void FakeNetworkServiceClient::PublishLocked(AddressEntry& entry) {
  PublicIp& address = entry.resource;
  address.clear_conditions();
  const bool ready = address.state() == PublicIp::STATE_READY;
  const bool deleting = address.state() == PublicIp::STATE_DELETING;
  AddFakeCondition("Ready", ready,
                   ready      ? "Ready"
                   : deleting ? "Deleting"
                              : "Allocating",
                   ready || deleting ? "" : "it has no address yet",
                   *address.mutable_conditions());
  address.clear_etag();
  address.set_etag(FakeEtag(address));
  network::v1::WatchResponse response;
  *response.mutable_public_ip() = address;
  streams_.Put(entry.project, AddressKey(address.owner().machine_id()),
               std::move(response));
}

void FakeNetworkServiceClient::MakeReadyLocked(NetworkEntry& entry) {
  ClusterNetwork& network = entry.resource;
  network.clear_conditions();
  network.set_state(ClusterNetwork::STATE_READY);
  auto& endpoint = *network.mutable_control_plane_endpoint_status();
  if (endpoint.host().empty()) endpoint.set_host(NextHostLocked());
}

void FakeNetworkServiceClient::GiveAddressLocked(AddressEntry& entry) {
  entry.resource.set_state(PublicIp::STATE_READY);
  if (entry.resource.address().empty()) {
    entry.resource.set_address(NextHostLocked());
  }
}

std::string FakeNetworkServiceClient::NextHostLocked() {
  const int host = next_host_++;
  return absl::StrCat("203.0.", 113 + host / 250, ".", host % 250 + 1);
}

}  // namespace evroc::shim
