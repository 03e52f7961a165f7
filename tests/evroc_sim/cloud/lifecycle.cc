#include "tests/evroc_sim/cloud/lifecycle.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/evroc_sim/cloud/load_balancer_life.h"
#include "tests/evroc_sim/cloud/machine_life.h"
#include "tests/evroc_sim/cloud/network_life.h"
#include "tests/evroc_sim/cloud/storage_life.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/rules/rules.h"

namespace evroc::sim {
namespace {

enum class Family { kNetwork, kMachine, kStorage, kLoadBalancer };

Family FamilyOf(Kind kind) {
  if (kind == Kind::kVirtualMachine) return Family::kMachine;
  const absl::string_view service = InfoOf(kind).service;
  if (service == "networking") return Family::kNetwork;
  if (service == "loadbalancer") return Family::kLoadBalancer;
  return Family::kStorage;
}

NextStep BeginLife(Object& object, LifeContext& context) {
  switch (FamilyOf(object.key.kind)) {
    case Family::kNetwork:
      return BeginNetworkObject(object, context);
    case Family::kMachine:
      return BeginMachine(object, context);
    case Family::kLoadBalancer:
      return BeginLoadBalancerObject(object, context);
    case Family::kStorage:
      return BeginStorageObject(object, context);
  }
  return std::nullopt;
}

NextStep AdvanceLife(Object& object, LifeContext& context) {
  switch (FamilyOf(object.key.kind)) {
    case Family::kNetwork:
      return AdvanceNetworkObject(object, context);
    case Family::kMachine:
      return AdvanceMachine(object, context);
    case Family::kLoadBalancer:
      return AdvanceLoadBalancerObject(object, context);
    case Family::kStorage:
      return AdvanceStorageObject(object, context);
  }
  return std::nullopt;
}

NextStep SpecChanged(const Object& before, Object& object,
                     LifeContext& context) {
  if (object.key.kind == Kind::kVirtualMachine) {
    return MachineChanged(before, object, context);
  }
  return StorageObjectChanged(before, object, context);
}

void DeriveStatus(Object& object, const LifeContext& context) {
  switch (FamilyOf(object.key.kind)) {
    case Family::kNetwork:
      DeriveNetworkStatus(object, context);
      break;
    case Family::kMachine:
      DeriveMachineStatus(object, context);
      return;
    case Family::kLoadBalancer:
      DeriveLoadBalancerStatus(object, context);
      break;
    case Family::kStorage:
      DeriveStorageStatus(object, context);
      break;
  }
  if (object.deleting && InfoOf(object.key.kind).has_conditions) {
    SetCondition(object, "Ready", false, "Deleting", "", context.now);
  }
}

absl::string_view DeletionLatency(Kind kind) {
  switch (kind) {
    case Kind::kVirtualMachine:
      return "vm_delete";
    case Kind::kDisk:
      return "disk_delete";
    case Kind::kPublicIp:
      return "public_ip_delete";
    default:
      return "other_delete";
  }
}

// Kinds whose status or next step depends on the objects that they refer to.
bool FollowsItsReferences(Kind kind) {
  return kind == Kind::kVirtualMachine || kind == Kind::kHotswapAttachment ||
         kind == Kind::kDisk || InfoOf(kind).service == "loadbalancer";
}

bool IsWatchedByItsUsers(Kind kind) {
  return kind != Kind::kVpc && kind != Kind::kSubnet &&
         kind != Kind::kSecurityGroup && kind != Kind::kPlacementGroup;
}

}  // namespace

ObjectPtr Lifecycle::Begin(Object object, absl::Time now) {
  LifeContext context = ContextAt(now);
  const Key key = object.key;
  Schedule(key, BeginLife(object, context), now);
  ObjectPtr kept = Save(std::move(object), nullptr, now);
  RewriteSiblings(*kept);
  return store_.Find(key);
}

ObjectPtr Lifecycle::Change(const Object& before, Object after,
                            absl::Time now) {
  LifeContext context = ContextAt(now);
  const Key key = after.key;
  const NextStep next = SpecChanged(before, after, context);
  if (next.has_value()) Schedule(key, next, now);
  const ObjectPtr kept = Save(std::move(after), &before, now);
  RewriteSiblings(*kept);
  return store_.Find(key);
}

ObjectPtr Lifecycle::StartDeletion(const Object& object, absl::Time now) {
  if (object.deleting) return store_.Find(object.key);
  Object leaving = object;
  leaving.deleting = true;
  EnterPhase(leaving, "Deleting", now);
  Schedule(object.key, settings_.Latency(DeletionLatency(object.key.kind)),
           now);
  return Save(std::move(leaving), &object, now);
}

void Lifecycle::Vanish(const Object& object, absl::Time now) {
  Remove(object, now);
}

absl::StatusOr<ObjectPtr> Lifecycle::Act(const Object& machine,
                                         absl::string_view action,
                                         absl::Time now) {
  if (machine.deleting) return Conflict("the machine is being deleted");
  LifeContext context = ContextAt(now);
  Object changed = machine;
  const absl::StatusOr<NextStep> next = ActOnMachine(changed, action, context);
  if (!next.ok()) return next.status();
  Schedule(changed.key, *next, now);
  return Save(std::move(changed), &machine, now);
}

void Lifecycle::Restore(Object object, absl::Time now) {
  LifeContext context = ContextAt(now);
  MarkNetworkAddresses(object, context);
  if (object.key.kind == Kind::kVirtualMachine) {
    MarkMachineAddresses(object, context);
  }
  Schedule(object.key, absl::ZeroDuration(), now);
  store_.Restore(std::move(object));
}

bool Lifecycle::IsHeld(const Object& object) const {
  const std::vector<Kind> blocking = BlockingUsers(object.key.kind);
  return !blocking.empty() &&
         store_.AnyUserOf(object.key, [&blocking](const Key& user) {
           return std::find(blocking.begin(), blocking.end(), user.kind) !=
                  blocking.end();
         });
}

void Lifecycle::RunDue(absl::Time now) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const Key key = queue_.begin()->second;
    Unschedule(key);
    Step(key, now);
  }
}

absl::Time Lifecycle::next_due() const {
  return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first;
}

ObjectPtr Lifecycle::Save(Object object, const Object* before, absl::Time now) {
  const Key key = object.key;
  DeriveStatus(object, ContextAt(now));
  const ObjectPtr kept = store_.Put(std::move(object));
  NotifyNeighbours(before, *kept, now);
  return store_.Find(key);
}

void Lifecycle::NotifyNeighbours(const Object* before, const Object& object,
                                 absl::Time now) {
  std::set<std::string> refs;
  if (before != nullptr) {
    for (std::string& ref : RefsIn(before->key.kind, before->spec)) {
      refs.insert(std::move(ref));
    }
  }
  for (std::string& ref : RefsIn(object.key.kind, object.spec)) {
    refs.insert(std::move(ref));
  }
  for (const std::string& ref : refs) {
    if (const ObjectPtr other = store_.FindRef(ref)) Follow(other->key, now);
  }
  if (!IsWatchedByItsUsers(object.key.kind)) return;
  for (const ObjectPtr& user : store_.UsersOf(object.key)) {
    if (FollowsItsReferences(user->key.kind)) Follow(user->key, now);
  }
}

void Lifecycle::Follow(const Key& neighbour, absl::Time now) {
  const ObjectPtr current = store_.Find(neighbour);
  if (current == nullptr) return;
  if (current->deleting) {
    if (!due_.contains(neighbour)) Step(neighbour, now);
    return;
  }
  Object next = *current;
  LifeContext context = ContextAt(now);
  if (!due_.contains(neighbour) && next.phase == "Pending") {
    Schedule(neighbour, AdvanceLife(next, context), now);
  }
  DeriveStatus(next, context);
  if (next.phase == current->phase && next.status == current->status) return;
  Save(std::move(next), current.get(), now);
}

// The real controller rewrites the siblings of a changed load-balancer object,
// so versions that others have read become stale (traps.md B21).
void Lifecycle::RewriteSiblings(const Object& object) {
  if (FamilyOf(object.key.kind) != Family::kLoadBalancer ||
      settings_.Choice("load_balancer_rewrites") == "no") {
    return;
  }
  for (const std::string& ref : RefsIn(object.key.kind, object.spec)) {
    const ObjectPtr sibling = store_.FindRef(ref);
    if (sibling == nullptr ||
        FamilyOf(sibling->key.kind) != Family::kLoadBalancer) {
      continue;
    }
    store_.Put(*sibling);
  }
  store_.Put(*store_.Find(object.key));
}

void Lifecycle::Step(const Key& key, absl::Time now) {
  const ObjectPtr current = store_.Find(key);
  if (current == nullptr) return;
  if (current->deleting) {
    if (!IsHeld(*current)) Remove(*current, now);
    return;
  }
  Object next = *current;
  LifeContext context = ContextAt(now);
  Schedule(key, AdvanceLife(next, context), now);
  DeriveStatus(next, context);
  if (next.phase == current->phase && next.status == current->status) return;
  Save(std::move(next), current.get(), now);
}

void Lifecycle::Remove(const Object& object, absl::Time now) {
  const Object last = object;
  LifeContext context = ContextAt(now);
  if (last.key.kind == Kind::kVirtualMachine) {
    ReleaseMachineAddresses(last, context);
    RecordDeparture(last, now);
  }
  ReleaseNetworkAddresses(last, context);
  if (last.key.kind == Kind::kBucket) parts_.contents.DropBucket(last.uid);
  Unschedule(last.key);
  store_.Remove(last.key);
  NotifyNeighbours(nullptr, last, now);
}

void Lifecycle::RecordDeparture(const Object& machine, absl::Time now) {
  const absl::Duration counted = settings_.Latency("quota_release");
  if (counted == absl::ZeroDuration()) return;
  store_.AddDeparted(
      {std::string(machine.spec["computeProfileRef"].String()), now + counted},
      now);
}

void Lifecycle::Schedule(const Key& key, NextStep next, absl::Time now) {
  Unschedule(key);
  if (!next.has_value()) return;
  due_[key] = now + *next;
  queue_.insert({now + *next, key});
}

void Lifecycle::Unschedule(const Key& key) {
  const auto found = due_.find(key);
  if (found == due_.end()) return;
  queue_.erase({found->second, key});
  due_.erase(found);
}

}  // namespace evroc::sim
