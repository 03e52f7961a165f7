#include "shim/rpc/cloud_view.h"

#include <utility>

namespace evroc::shim {

CloudView::Sequence CloudView::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

CloudView::Cluster* CloudView::KeptLocked(const std::string& cluster_id) {
  const auto found = clusters_.find(cluster_id);
  return found == clusters_.end() ? nullptr : found->second.get();
}

MachineSnapshot CloudView::Pooled(MachineSnapshot machine) {
  machine.conditions = pool_.Share(std::move(machine.conditions));
  return machine;
}

// --- What is known.

std::optional<MachineSnapshot> CloudView::Machine(
    const std::string& cluster_id, const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto cluster = clusters_.find(cluster_id);
  if (cluster == clusters_.end()) return std::nullopt;
  const auto& machines = cluster->second->machines.by_id;
  const auto found = machines.find(machine_id);
  if (found == machines.end()) return std::nullopt;
  return found->second.content;
}

std::map<std::string, MachineSnapshot> CloudView::Machines(
    const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  std::map<std::string, MachineSnapshot> machines;
  const auto cluster = clusters_.find(cluster_id);
  if (cluster == clusters_.end()) return machines;
  for (const auto& [id, observation] : cluster->second->machines.by_id) {
    machines.emplace(id, observation.content);
  }
  return machines;
}

bool CloudView::HasPublicIp(const std::string& cluster_id,
                            const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto cluster = clusters_.find(cluster_id);
  return cluster != clusters_.end() &&
         cluster->second->addresses.by_id.contains(machine_id);
}

// --- Answers.

template <typename Content>
void CloudView::Answer(Sequence sequence, const common::v1::Owner& owner,
                       Content content, Observations<Content> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return;
  Observations<Content>& observations = cluster->*kind;
  const auto found = observations.by_id.find(owner.machine_id());
  const Sequence watched = found == observations.by_id.end()
                               ? observations.deleted
                               : found->second.watched;
  if (watched > sequence) return;
  Observation<Content>& observation = observations.by_id[owner.machine_id()];
  observation.content = Pooled(std::move(content));
  observation.observed = ++now_;
}

void CloudView::Answered(Sequence sequence,
                         const network::v1::ClusterNetwork& network) {
  Answer(sequence, network.owner(), network.etag(), &Cluster::networks);
}

void CloudView::Answered(Sequence sequence,
                         const compute::v1::VirtualMachine& machine) {
  Answer(sequence, machine.owner(), SnapshotOf(machine), &Cluster::machines);
}

void CloudView::Answered(Sequence sequence,
                         const network::v1::PublicIp& address) {
  Answer(sequence, address.owner(), address.etag(), &Cluster::addresses);
}

// --- Watches.

void CloudView::Keep(const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<Cluster>& cluster = clusters_[cluster_id];
  if (cluster == nullptr) cluster = std::make_unique<Cluster>();
}

void CloudView::Forget(const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  clusters_.erase(cluster_id);
}

template <typename Content>
bool CloudView::Change(const common::v1::Owner& owner, Content content,
                       Observations<Content> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return false;
  auto& by_id = (cluster->*kind).by_id;
  const auto [it, is_new] = by_id.try_emplace(owner.machine_id());
  Observation<Content>& observation = it->second;
  observation.observed = observation.watched = ++now_;
  if (!is_new && observation.content == content) return false;
  observation.content = Pooled(std::move(content));
  return true;
}

bool CloudView::Changed(const network::v1::ClusterNetwork& network) {
  return Change(network.owner(), network.etag(), &Cluster::networks);
}

bool CloudView::Changed(const compute::v1::VirtualMachine& machine) {
  return Change(machine.owner(), SnapshotOf(machine), &Cluster::machines);
}

bool CloudView::Changed(const network::v1::PublicIp& address) {
  return Change(address.owner(), address.etag(), &Cluster::addresses);
}

template <typename Content>
bool CloudView::Delete(const common::v1::Owner& owner,
                       Observations<Content> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return false;
  Observations<Content>& observations = cluster->*kind;
  observations.deleted = ++now_;
  return observations.by_id.erase(owner.machine_id()) > 0;
}

bool CloudView::Deleted(const network::v1::ClusterNetwork& network) {
  return Delete(network.owner(), &Cluster::networks);
}

bool CloudView::Deleted(const compute::v1::VirtualMachine& machine) {
  return Delete(machine.owner(), &Cluster::machines);
}

bool CloudView::Deleted(const network::v1::PublicIp& address) {
  return Delete(address.owner(), &Cluster::addresses);
}

template <typename Content>
void CloudView::DropBefore(Sequence sequence,
                           Observations<Content>& observations,
                           std::vector<std::string>& dropped) {
  for (auto it = observations.by_id.begin(); it != observations.by_id.end();) {
    if (it->second.observed > sequence) {
      ++it;
      continue;
    }
    dropped.push_back(it->first);
    it = observations.by_id.erase(it);
  }
}

std::vector<std::string> CloudView::ForgetNetworksBefore(
    Sequence sequence, const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> dropped;
  Cluster* const cluster = KeptLocked(cluster_id);
  if (cluster == nullptr) return dropped;
  DropBefore(sequence, cluster->networks, dropped);
  DropBefore(sequence, cluster->addresses, dropped);
  return dropped;
}

std::vector<std::string> CloudView::ForgetMachinesBefore(
    Sequence sequence, const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> dropped;
  Cluster* const cluster = KeptLocked(cluster_id);
  if (cluster == nullptr) return dropped;
  DropBefore(sequence, cluster->machines, dropped);
  return dropped;
}

}  // namespace evroc::shim
