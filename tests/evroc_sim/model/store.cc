#include "tests/evroc_sim/model/store.h"

#include <algorithm>
#include <utility>

namespace evroc::sim {
namespace {

constexpr size_t kMaxChanges = 20'000;

void AddIfRef(JsonView value, std::vector<std::string>& refs) {
  const absl::string_view text = value.String();
  if (!text.empty()) refs.emplace_back(text);
}

void AddAll(JsonView array, std::vector<std::string>& refs) {
  for (size_t i = 0; i < array.size(); ++i) AddIfRef(array[i], refs);
}

void AddMembers(JsonView array, absl::string_view member,
                std::vector<std::string>& refs) {
  for (size_t i = 0; i < array.size(); ++i) AddIfRef(array[i][member], refs);
}

void AddVirtualMachineRefs(JsonView spec, std::vector<std::string>& refs) {
  AddMembers(spec["disks"], "diskRef", refs);
  AddIfRef(spec.At("placement.placementGroupRef"), refs);
  AddIfRef(spec.At("networking.subnetRef"), refs);
  AddIfRef(spec.At("networking.publicIPv4Address.static.publicIPRef"), refs);
  AddAll(spec.At("networking.securityGroupSettings.securityGroupMemberRefs"),
         refs);
}

void AddSecurityGroupRefs(JsonView spec, std::vector<std::string>& refs) {
  AddIfRef(spec["vpcRef"], refs);
  const JsonView rules = spec["rules"];
  for (size_t i = 0; i < rules.size(); ++i) {
    const JsonView remote = rules[i]["remote"];
    for (const char* name : {"securityGroupRef", "subnetRef", "vpcRef"}) {
      AddIfRef(remote[name], refs);
    }
  }
}

void AddLoadBalancerRefs(JsonView spec, std::vector<std::string>& refs) {
  AddIfRef(spec["publicIPRef"], refs);
  const JsonView listeners = spec["listeners"];
  for (size_t i = 0; i < listeners.size(); ++i) {
    AddAll(listeners[i]["routeRefs"], refs);
  }
  AddIfRef(spec.At("backendNetwork.vpcRef"), refs);
  AddMembers(spec.At("backendNetwork.subnets"), "subnetRef", refs);
}

}  // namespace

std::vector<std::string> RefsIn(Kind kind, JsonView spec) {
  std::vector<std::string> refs;
  switch (kind) {
    case Kind::kSubnet:
      AddIfRef(spec["vpcRef"], refs);
      break;
    case Kind::kSecurityGroup:
      AddSecurityGroupRefs(spec, refs);
      break;
    case Kind::kVirtualMachine:
      AddVirtualMachineRefs(spec, refs);
      break;
    case Kind::kDisk:
      AddIfRef(spec.At("source.snapshotRef"), refs);
      AddIfRef(spec.At("source.diskImageRef"), refs);
      break;
    case Kind::kCustomDiskImage:
      AddIfRef(spec.At("source.bucketRef"), refs);
      AddIfRef(spec.At("source.serviceAccountRef"), refs);
      break;
    case Kind::kSnapshot:
      AddIfRef(spec["diskRef"], refs);
      break;
    case Kind::kHotswapAttachment:
      AddIfRef(spec["diskRef"], refs);
      AddIfRef(spec["virtualMachineRef"], refs);
      break;
    case Kind::kLoadBalancer:
      AddLoadBalancerRefs(spec, refs);
      break;
    case Kind::kBackendPool:
      AddAll(spec["backendRefs"], refs);
      break;
    case Kind::kBackendService:
      AddIfRef(spec["backendPoolRef"], refs);
      break;
    case Kind::kL4Route:
      AddIfRef(spec["defaultBackendServiceRef"], refs);
      break;
    case Kind::kVpc:
    case Kind::kPublicIp:
    case Kind::kPlacementGroup:
    case Kind::kBucket:
    case Kind::kBucketServiceAccount:
      break;
  }
  return refs;
}

ObjectPtr Store::Find(const Key& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

ObjectPtr Store::FindRef(absl::string_view fqid) const {
  const absl::StatusOr<Key> key = ParseFqid(fqid);
  return key.ok() ? Find(*key) : nullptr;
}

ObjectPtr Store::Put(Object object) {
  object.resource_version = ++resource_version_;
  if (object.first_version == 0) object.first_version = resource_version_;
  ObjectPtr kept = Keep(std::move(object));
  Log(/*deleted=*/false, kept);
  return kept;
}

void Store::Restore(Object object) {
  AdvanceVersion(object.resource_version);
  Keep(std::move(object));
}

void Store::AdvanceVersion(int64_t version) {
  resource_version_ = std::max(resource_version_, version);
}

ObjectPtr Store::Keep(Object object) {
  if (const ObjectPtr old = Find(object.key)) IndexRefs(*old, false);
  object.rest_json = ToRestJson(object).Dump();
  auto kept = std::make_shared<const Object>(std::move(object));
  IndexRefs(*kept, true);
  objects_[kept->key] = kept;
  return kept;
}

void Store::Remove(const Key& key) {
  const auto found = objects_.find(key);
  if (found == objects_.end()) return;
  IndexRefs(*found->second, false);
  ++resource_version_;
  Log(/*deleted=*/true, found->second);
  objects_.erase(found);
}

void Store::ForEach(Kind kind, absl::string_view project,
                    absl::string_view region,
                    absl::FunctionRef<void(const ObjectPtr&)> visit) const {
  const Key first{kind, std::string(project), std::string(region), ""};
  for (auto it = objects_.lower_bound(first); it != objects_.end(); ++it) {
    const Key& key = it->first;
    if (key.kind != kind || key.project != project || key.region != region) {
      return;
    }
    visit(it->second);
  }
}

void Store::ForEach(absl::FunctionRef<void(const ObjectPtr&)> visit) const {
  for (const auto& [key, object] : objects_) visit(object);
}

std::vector<ObjectPtr> Store::UsersOf(const Key& key) const {
  std::vector<ObjectPtr> users;
  const auto found = users_.find(FqidOf(key));
  if (found == users_.end()) return users;
  for (const Key& user : found->second) users.push_back(Find(user));
  return users;
}

bool Store::AnyUserOf(const Key& key,
                      absl::FunctionRef<bool(const Key&)> matches) const {
  const auto found = users_.find(FqidOf(key));
  return found != users_.end() &&
         std::any_of(found->second.begin(), found->second.end(), matches);
}

void Store::AddDeparted(DepartedMachine machine, absl::Time now) {
  std::erase_if(departed_, [now](const DepartedMachine& each) {
    return each.counted_until <= now;
  });
  departed_.push_back(std::move(machine));
}

bool Store::ChangesSince(int64_t version, std::vector<Change>* changes) const {
  const int64_t forgotten = changes_.empty()
                                ? resource_version_
                                : changes_.front().resource_version - 1;
  if (version < forgotten) return false;
  const auto first = std::partition_point(
      changes_.begin(), changes_.end(), [version](const Change& change) {
        return change.resource_version <= version;
      });
  changes->assign(first, changes_.end());
  return true;
}

void Store::IndexRefs(const Object& object, bool add) {
  for (const std::string& ref : RefsIn(object.key.kind, object.spec)) {
    if (add) {
      users_[ref].insert(object.key);
      continue;
    }
    const auto found = users_.find(ref);
    if (found == users_.end()) continue;
    found->second.erase(object.key);
    if (found->second.empty()) users_.erase(found);
  }
}

void Store::Log(bool deleted, const ObjectPtr& object) {
  changes_.push_back({resource_version_, deleted, object});
  if (changes_.size() > kMaxChanges) changes_.pop_front();
}

}  // namespace evroc::sim
