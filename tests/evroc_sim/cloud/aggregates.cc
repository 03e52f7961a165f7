#include "tests/evroc_sim/cloud/aggregates.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"
#include "common/net/ipv4.h"
#include "tests/evroc_sim/cloud/load_balancer_life.h"

namespace evroc::sim {
namespace {

std::vector<ObjectPtr> Users(const Object& object, const Store& store,
                             Kind kind) {
  std::vector<ObjectPtr> users;
  for (ObjectPtr& user : store.UsersOf(object.key)) {
    if (user->key.kind == kind) users.push_back(std::move(user));
  }
  return users;
}

std::string RangeText(uint32_t first, uint32_t last) {
  if (first == last) return FormatIpv4(first);
  return absl::StrCat(FormatIpv4(first), "-", FormatIpv4(last));
}

// The numbers in `sorted` as ranges, and the missing ones between `first` and
// `last`.
struct Ranges {
  Json used = Json::Array();
  Json free = Json::Array();
};

Ranges RangesOf(const std::vector<uint32_t>& sorted, uint32_t first,
                uint32_t last) {
  Ranges ranges;
  uint32_t next_free = first;
  for (size_t i = 0; i < sorted.size();) {
    size_t j = i;
    while (j + 1 < sorted.size() && sorted[j + 1] == sorted[j] + 1) ++j;
    ranges.used.Push(RangeText(sorted[i], sorted[j]));
    if (next_free < sorted[i]) {
      ranges.free.Push(RangeText(next_free, sorted[i] - 1));
    }
    next_free = sorted[j] + 1;
    i = j + 1;
  }
  if (next_free <= last) ranges.free.Push(RangeText(next_free, last));
  return ranges;
}

void AddSubnetUse(const Object& subnet, const Store& store, Json& status) {
  std::vector<uint32_t> used;
  Json attachments = Json::Array();
  Json ipv6 = Json::Array();
  for (const ObjectPtr& machine : Users(subnet, store, Kind::kVirtualMachine)) {
    const JsonView networking = machine->status["networking"];
    attachments.Push(FqidOf(machine->key));
    if (const auto address =
            ParseIpv4(networking["privateIPv4Address"].String())) {
      used.push_back(*address);
    }
    if (networking["ipv6Address"].exists()) {
      ipv6.Push(Json(networking["ipv6Address"]));
    }
  }
  status.Set("attachmentRefs", std::move(attachments));
  status.Set("usingIPv6AddressCount", ipv6.view().size());
  status.Set("usingIPv6Ranges", std::move(ipv6));
  const auto block = Cidr::Parse(subnet.spec["ipv4CidrBlock"].String());
  if (!block.ok()) return;
  std::sort(used.begin(), used.end());
  const uint32_t first = block->first_ipv4() + 2;
  const uint32_t last = block->last_ipv4() - 2;
  Ranges ranges = RangesOf(used, first, last);
  status.Set("usingIPv4AddressCount", used.size());
  status.Set("usingIPv4Ranges", std::move(ranges.used));
  status.Set("availableIPv4AddressCount", last - first + 1 - used.size());
  status.Set("availableIPv4Ranges", std::move(ranges.free));
}

void AddVpcSubnets(const Object& vpc, const Store& store, Json& status) {
  Json subnets = Json::Array();
  for (const ObjectPtr& subnet : Users(vpc, store, Kind::kSubnet)) {
    Json entry = Json::Object(
        {{"subnetRef", FqidOf(subnet->key)},
         {"placement", Json(subnet->spec["placement"])},
         {"ipv6GUABlock", Json(subnet->status["assignedIPv6GUABlock"])}});
    if (subnet->spec["ipv4CidrBlock"].exists()) {
      entry.Set("ipv4CidrBlock", Json(subnet->spec["ipv4CidrBlock"]));
    }
    subnets.Push(std::move(entry));
  }
  status.SetAt("subnets.allocatedSubnets", std::move(subnets));
  status.SetAt("subnets.invalidSubnets", Json::Array());
  status.Set("availableIPv4CidrBlocks", Json(vpc.spec["ipv4CidrBlocks"]));
}

bool IsActive(const Object& machine) {
  return machine.phase != "Pending" && machine.phase != "Creating" &&
         machine.phase != "ProvisioningFailed" &&
         machine.phase != "ErrorUnschedulable";
}

void AddGroupMembers(const Object& group, const Store& store, Json& status) {
  Json members = Json::Array();
  for (const ObjectPtr& machine : Users(group, store, Kind::kVirtualMachine)) {
    members.Push(
        Json::Object({{"securityGroupMemberRef", FqidOf(machine->key)},
                      {"status", IsActive(*machine) ? "Active" : "Pending"}}));
  }
  status.Set("members", std::move(members));
}

void AddPlacementMembers(const Object& group, const Store& store,
                         Json& status) {
  Json members = Json::Array();
  for (const ObjectPtr& machine : Users(group, store, Kind::kVirtualMachine)) {
    members.Push(FqidOf(machine->key));
  }
  status.Set("virtualMachineRefs", std::move(members));
}

void AddBackends(const Object& service, const Store& store,
                 const Settings& settings, Json& status) {
  Json addresses = Json::Array();
  Json backends = Json::Array();
  const char* const kind =
      service.spec["ipProtocolSelection"].String() == "IPv6"
          ? "networking.ipv6Address"
          : "networking.privateIPv4Address";
  const ObjectPtr pool = store.FindRef(service.spec["backendPoolRef"].String());
  if (pool != nullptr) {
    for (const ObjectPtr& machine : MembersOf(*pool, store)) {
      const JsonView address = machine->status.At(kind);
      if (!address.exists()) continue;
      addresses.Push(Json(address));
      backends.Push(
          Json::Object({{"name", machine->key.id},
                        {"zone", Json(machine->spec.At("placement.zone"))},
                        {"address", Json(address)}}));
    }
  }
  if (settings.Choice("status_backends") == "integer") {
    status.Set("backends", backends.view().size());
  } else {
    status.Set("backends", std::move(backends));
  }
  status.Set("addresses", std::move(addresses));
}

}  // namespace

bool HasAggregates(Kind kind) {
  return kind == Kind::kVpc || kind == Kind::kSubnet ||
         kind == Kind::kSecurityGroup || kind == Kind::kPlacementGroup ||
         kind == Kind::kBackendService;
}

Json StatusWithAggregates(const Object& object, const Store& store,
                          const Settings& settings) {
  Json status = object.status;
  switch (object.key.kind) {
    case Kind::kVpc:
      AddVpcSubnets(object, store, status);
      break;
    case Kind::kSubnet:
      AddSubnetUse(object, store, status);
      break;
    case Kind::kSecurityGroup:
      AddGroupMembers(object, store, status);
      break;
    case Kind::kPlacementGroup:
      AddPlacementMembers(object, store, status);
      break;
    case Kind::kBackendService:
      AddBackends(object, store, settings, status);
      break;
    default:
      break;
  }
  return status;
}

}  // namespace evroc::sim
