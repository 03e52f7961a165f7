#include "shim/rpc/cloud_view.h"

#include <utility>

namespace evroc::shim {

CloudView::Mark CloudView::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

CloudView::Cluster* CloudView::KeptLocked(const std::string& cluster_id) {
  const auto found = clusters_.find(cluster_id);
  return found == clusters_.end() ? nullptr : found->second.get();
}

// --- What is known.

std::optional<MachineFacts> CloudView::Machine(
    const std::string& cluster_id, const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto cluster = clusters_.find(cluster_id);
  if (cluster == clusters_.end()) return std::nullopt;
  const auto& machines = cluster->second->machines.by_id;
  const auto found = machines.find(machine_id);
  if (found == machines.end()) return std::nullopt;
  return found->second.facts;
}

bool CloudView::HasPublicIp(const std::string& cluster_id,
                            const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto cluster = clusters_.find(cluster_id);
  return cluster != clusters_.end() &&
         cluster->second->addresses.by_id.contains(machine_id);
}

// --- Answers.

template <typename Facts>
void CloudView::Answer(Mark mark, const common::v1::Owner& owner, Facts facts,
                       Sayings<Facts> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return;
  Sayings<Facts>& sayings = cluster->*kind;
  const auto found = sayings.by_id.find(owner.machine_id());
  const Mark watched =
      found == sayings.by_id.end() ? sayings.deleted : found->second.watched;
  if (watched > mark) return;
  facts.conditions = pool_.Share(std::move(facts.conditions));
  Saying<Facts>& saying = sayings.by_id[owner.machine_id()];
  saying.facts = std::move(facts);
  saying.said = ++now_;
}

void CloudView::Answered(Mark mark,
                         const compute::v1::VirtualMachine& machine) {
  Answer(mark, machine.owner(), FactsOf(machine), &Cluster::machines);
}

void CloudView::Answered(Mark mark, const network::v1::PublicIp& address) {
  Answer(mark, address.owner(), FactsOf(address), &Cluster::addresses);
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

template <typename Facts>
bool CloudView::Change(const common::v1::Owner& owner, Facts facts,
                       Sayings<Facts> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return false;
  auto& by_id = (cluster->*kind).by_id;
  const auto [it, is_new] = by_id.try_emplace(owner.machine_id());
  Saying<Facts>& saying = it->second;
  saying.said = saying.watched = ++now_;
  if (!is_new && saying.facts == facts) return false;
  facts.conditions = pool_.Share(std::move(facts.conditions));
  saying.facts = std::move(facts);
  return true;
}

bool CloudView::Changed(const network::v1::ClusterNetwork& network) {
  return Change(network.owner(), FactsOf(network), &Cluster::networks);
}

bool CloudView::Changed(const compute::v1::VirtualMachine& machine) {
  return Change(machine.owner(), FactsOf(machine), &Cluster::machines);
}

bool CloudView::Changed(const network::v1::PublicIp& address) {
  return Change(address.owner(), FactsOf(address), &Cluster::addresses);
}

template <typename Facts>
bool CloudView::Delete(const common::v1::Owner& owner,
                       Sayings<Facts> Cluster::*kind) {
  absl::MutexLock lock(&mutex_);
  Cluster* const cluster = KeptLocked(owner.cluster_id());
  if (cluster == nullptr) return false;
  Sayings<Facts>& sayings = cluster->*kind;
  sayings.deleted = ++now_;
  return sayings.by_id.erase(owner.machine_id()) > 0;
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

template <typename Facts>
void CloudView::DropBefore(Mark mark, Sayings<Facts>& sayings,
                           std::vector<std::string>& dropped) {
  for (auto it = sayings.by_id.begin(); it != sayings.by_id.end();) {
    if (it->second.said > mark) {
      ++it;
      continue;
    }
    dropped.push_back(it->first);
    it = sayings.by_id.erase(it);
  }
}

std::vector<std::string> CloudView::ForgetNetworksBefore(
    Mark mark, const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> dropped;
  Cluster* const cluster = KeptLocked(cluster_id);
  if (cluster == nullptr) return dropped;
  DropBefore(mark, cluster->networks, dropped);
  DropBefore(mark, cluster->addresses, dropped);
  return dropped;
}

std::vector<std::string> CloudView::ForgetMachinesBefore(
    Mark mark, const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> dropped;
  Cluster* const cluster = KeptLocked(cluster_id);
  if (cluster == nullptr) return dropped;
  DropBefore(mark, cluster->machines, dropped);
  return dropped;
}

}  // namespace evroc::shim
