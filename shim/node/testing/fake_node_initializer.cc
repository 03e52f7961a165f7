#include "shim/node/testing/fake_node_initializer.h"

#include <utility>

namespace evroc::shim {

void FakeNodeInitializer::Want(const ObjectKey& cluster,
                               const ObjectKey& machine,
                               const DesiredNode& desired, bool initialized) {
  absl::MutexLock lock(&mutex_);
  wanted_[machine] = Wanted{cluster, desired};
  if (initialized) {
    states_.try_emplace(
        machine, NodeState{NodeState::Phase::kInitialized, kNodeInitialized});
  }
}

void FakeNodeInitializer::Doubt(const ObjectKey& machine, bool in_doubt) {
  absl::MutexLock lock(&mutex_);
  wanted_.at(machine).in_doubt = in_doubt;
}

void FakeNodeInitializer::Forget(const ObjectKey& machine) {
  absl::MutexLock lock(&mutex_);
  wanted_.erase(machine);
  states_.erase(machine);
}

NodeState FakeNodeInitializer::StateOf(const ObjectKey& machine) {
  absl::MutexLock lock(&mutex_);
  auto found = states_.find(machine);
  if (found != states_.end()) return found->second;
  return NodeState{NodeState::Phase::kPending, kNodeNotFound,
                   "no Node of this machine yet"};
}

void FakeNodeInitializer::SetState(const ObjectKey& machine, NodeState state) {
  absl::MutexLock lock(&mutex_);
  states_[machine] = std::move(state);
}

void FakeNodeInitializer::SetInitialized(const ObjectKey& machine) {
  SetState(machine,
           NodeState{NodeState::Phase::kInitialized, kNodeInitialized, ""});
}

std::optional<DesiredNode> FakeNodeInitializer::DesiredFor(
    const ObjectKey& machine) const {
  absl::MutexLock lock(&mutex_);
  auto found = wanted_.find(machine);
  if (found == wanted_.end()) return std::nullopt;
  return found->second.desired;
}

bool FakeNodeInitializer::IsInDoubt(const ObjectKey& machine) const {
  absl::MutexLock lock(&mutex_);
  const auto found = wanted_.find(machine);
  return found != wanted_.end() && found->second.in_doubt;
}

std::optional<ObjectKey> FakeNodeInitializer::ClusterOf(
    const ObjectKey& machine) const {
  absl::MutexLock lock(&mutex_);
  auto found = wanted_.find(machine);
  if (found == wanted_.end()) return std::nullopt;
  return found->second.cluster;
}

}  // namespace evroc::shim
