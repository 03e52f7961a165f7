#include "tests/evroc_sim/cloud/network_life.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/net/ipv4.h"

namespace evroc::sim {
namespace {

constexpr char kPublicPool[] = "public";
constexpr char kDataPlanePool[] = "data-plane";
constexpr char kVpcPool[] = "vpc-ipv6";

std::string Ipv4Pool(absl::string_view subnet) {
  return absl::StrCat("ipv4:", subnet);
}

std::string Ipv6Pool(absl::string_view subnet) {
  return absl::StrCat("ipv6:", subnet);
}

// Blocks of the documentation prefix: a /56 for the n-th VPC, and a /64 in it
// for the m-th subnet.
std::string Ipv6Block(uint32_t vpc, uint32_t subnet, int prefix) {
  return absl::StrCat("2001:db8:", absl::Hex(vpc >> 8), ":",
                      absl::Hex((vpc & 255) << 8 | subnet), "::/", prefix);
}

struct Ipv6Numbers {
  uint32_t vpc = 0;
  uint32_t subnet = 0;
};

Ipv6Numbers NumbersOf(absl::string_view block) {
  Ipv6Numbers numbers;
  absl::ConsumePrefix(&block, "2001:db8:");
  uint32_t high = 0;
  uint32_t low = 0;
  if (!absl::SimpleHexAtoi(block.substr(0, block.find(':')), &high)) return {};
  block.remove_prefix(block.find(':') + 1);
  if (!absl::SimpleHexAtoi(block.substr(0, block.find(':')), &low)) return {};
  numbers.vpc = high << 8 | low >> 8;
  numbers.subnet = low & 255;
  return numbers;
}

void AssignVpcBlock(Object& vpc, LifeContext& context) {
  const uint32_t number =
      context.addresses.Take(kVpcPool, 1, (1 << 24) - 1).value_or(0);
  vpc.status.Set("assignedIPv6GUABlock", Ipv6Block(number, 0, 56));
  vpc.status.Set("stackType", Json(vpc.spec["stackType"]));
  vpc.status.Set("assignedIPv4CidrBlocks", Json(vpc.spec["ipv4CidrBlocks"]));
}

void AssignSubnetBlock(Object& subnet, LifeContext& context) {
  const std::string vpc_ref(subnet.spec["vpcRef"].String());
  const ObjectPtr vpc = context.store.FindRef(vpc_ref);
  if (vpc == nullptr) return;
  const uint32_t number =
      context.addresses.Take(Ipv6Pool(vpc_ref), 0, 255).value_or(0);
  const Ipv6Numbers outer =
      NumbersOf(vpc->status["assignedIPv6GUABlock"].String());
  subnet.status.Set("assignedIPv6GUABlock", Ipv6Block(outer.vpc, number, 64));
  subnet.status.Set("placement", Json(subnet.spec["placement"]));
}

void AllocateAddress(Object& public_ip, LifeContext& context) {
  const Cidr& range = context.ranges.public_addresses;
  const auto address = context.addresses.Take(
      kPublicPool, range.first_ipv4() + 1, range.last_ipv4() - 1);
  if (!address.has_value()) return;
  public_ip.status.Set("publicIPv4Address", FormatIpv4(*address));
  EnterPhase(public_ip, "Ready", context.now);
}

bool StillUses(const Object& public_ip, absl::string_view user,
               const Store& store) {
  for (const ObjectPtr& other : store.UsersOf(public_ip.key)) {
    if (FqidOf(other->key) == user) return true;
  }
  return false;
}

// One user at a time: the current one keeps the address until it releases it
// (B.6.1).
void DeriveUser(Object& public_ip, const LifeContext& context) {
  const std::string holder(public_ip.status["usedByRef"].String());
  if (!holder.empty() && StillUses(public_ip, holder, context.store)) return;
  public_ip.status.Remove("usedByRef");
  for (const ObjectPtr& user : context.store.UsersOf(public_ip.key)) {
    if (user->deleting) continue;
    public_ip.status.Set("usedByRef", FqidOf(user->key));
    return;
  }
}

std::optional<uint32_t> HostNumber(absl::string_view ipv6) {
  const size_t start = ipv6.find("::");
  if (start == ipv6.npos) return std::nullopt;
  const absl::string_view host = ipv6.substr(start + 2);
  uint32_t high = 0;
  uint32_t low = 0;
  if (!absl::SimpleHexAtoi(host.substr(0, host.find(':')), &high) ||
      !absl::SimpleHexAtoi(host.substr(host.find(':') + 1), &low)) {
    return std::nullopt;
  }
  return high << 16 | low;
}

struct Taken {
  std::string pool;
  uint32_t number;
};

std::vector<Taken> TakenBy(const Object& object) {
  const Ipv6Numbers block =
      NumbersOf(object.status["assignedIPv6GUABlock"].String());
  switch (object.key.kind) {
    case Kind::kVpc:
      return {{kVpcPool, block.vpc}};
    case Kind::kSubnet:
      return {{Ipv6Pool(object.spec["vpcRef"].String()), block.subnet}};
    case Kind::kPublicIp:
      if (const auto address =
              ParseIpv4(object.status["publicIPv4Address"].String())) {
        return {{kPublicPool, *address}};
      }
      return {};
    default:
      return {};
  }
}

std::vector<Taken> TakenBy(absl::string_view subnet, JsonView networking) {
  std::vector<Taken> taken;
  if (const auto ipv4 = ParseIpv4(networking["privateIPv4Address"].String())) {
    taken.push_back({Ipv4Pool(subnet), *ipv4});
  }
  if (const auto host = HostNumber(networking["ipv6Address"].String())) {
    taken.push_back({Ipv6Pool(subnet), *host});
  }
  return taken;
}

}  // namespace

NextStep BeginNetworkObject(Object& object, LifeContext& context) {
  if (object.key.kind == Kind::kVpc) AssignVpcBlock(object, context);
  if (object.key.kind == Kind::kSubnet) AssignSubnetBlock(object, context);
  if (object.key.kind != Kind::kPublicIp) {
    EnterPhase(object, "Creating", context.now);
    return context.settings.Latency("network_create");
  }
  EnterPhase(object, "Allocating", context.now);
  if (context.settings.Choice("public_ip_address") == "at_once") {
    AllocateAddress(object, context);
    return std::nullopt;
  }
  return context.settings.Latency("public_ip_create");
}

NextStep AdvanceNetworkObject(Object& object, LifeContext& context) {
  if (object.phase == "Allocating") AllocateAddress(object, context);
  if (object.phase == "Creating") EnterPhase(object, "Ready", context.now);
  return std::nullopt;
}

void DeriveNetworkStatus(Object& object, const LifeContext& context) {
  if (object.key.kind == Kind::kPublicIp) DeriveUser(object, context);
  SetCondition(object, "Ready", object.phase == "Ready", object.phase, "",
               context.now);
}

void MarkNetworkAddresses(const Object& object, LifeContext& context) {
  for (const Taken& taken : TakenBy(object)) {
    context.addresses.Mark(taken.pool, taken.number);
  }
}

void ReleaseNetworkAddresses(const Object& object, LifeContext& context) {
  for (const Taken& taken : TakenBy(object)) {
    context.addresses.Release(taken.pool, taken.number);
  }
}

std::optional<std::string> TakeSubnetIpv4(const Object& subnet,
                                          AddressBook& addresses) {
  const auto block = Cidr::Parse(subnet.spec["ipv4CidrBlock"].String());
  if (!block.ok()) return std::nullopt;
  const auto address =
      addresses.Take(Ipv4Pool(FqidOf(subnet.key)), block->first_ipv4() + 2,
                     block->last_ipv4() - 2);
  if (!address.has_value()) return std::nullopt;
  return FormatIpv4(*address);
}

std::string TakeSubnetIpv6(const Object& subnet, AddressBook& addresses) {
  const uint32_t host =
      addresses.Take(Ipv6Pool(FqidOf(subnet.key)), 2, 0xffffff).value_or(2);
  absl::string_view block = subnet.status["assignedIPv6GUABlock"].String();
  absl::ConsumeSuffix(&block, "/64");
  return absl::StrCat(block, absl::Hex(host >> 16), ":",
                      absl::Hex(host & 0xffff));
}

void MarkSubnetAddresses(absl::string_view subnet, JsonView networking,
                         AddressBook& addresses) {
  for (const Taken& taken : TakenBy(subnet, networking)) {
    addresses.Mark(taken.pool, taken.number);
  }
}

void ReleaseSubnetAddresses(absl::string_view subnet, JsonView networking,
                            AddressBook& addresses) {
  for (const Taken& taken : TakenBy(subnet, networking)) {
    addresses.Release(taken.pool, taken.number);
  }
}

std::string TakeDataPlaneAddress(const Cidr& range, AddressBook& addresses) {
  const uint32_t lower_half_end = range.Part(1, 0).last_ipv4();
  const uint32_t last = range.last_ipv4() - 1;
  return FormatIpv4(
      addresses.Take(kDataPlanePool, lower_half_end + 1, last).value_or(last));
}

void MarkDataPlaneAddress(absl::string_view address, AddressBook& addresses) {
  if (const auto number = ParseIpv4(address)) {
    addresses.Mark(kDataPlanePool, *number);
  }
}

void ReleaseDataPlaneAddress(absl::string_view address,
                             AddressBook& addresses) {
  if (const auto number = ParseIpv4(address)) {
    addresses.Release(kDataPlanePool, *number);
  }
}

}  // namespace evroc::sim
