#include "shim/reconcile/subnet_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kDefaultZone = "a";

absl::Status SubnetError(absl::string_view subnet, absl::string_view what) {
  return InvalidField(absl::StrCat("spec.network.subnets[", subnet, "]"), what);
}

// The quarter of an IPv4 block that belongs to a zone.
absl::StatusOr<std::string> QuarterOf(const SubnetSpec& subnet,
                                      absl::string_view zone) {
  const absl::StatusOr<Cidr> block = Cidr::Parse(subnet.cidr_block);
  if (!block.ok()) {
    return SubnetError(subnet.name,
                       absl::StrCat("cidrBlock: ", block.status().message()));
  }
  if (!block->is_ipv4() || block->prefix() > 27) {
    return SubnetError(subnet.name,
                       "cidrBlock can't be divided among several zones: that "
                       "takes an IPv4 block of /27 or larger");
  }
  if (zone.size() != 1 || zone[0] < 'a' || zone[0] > 'd') {
    return SubnetError(subnet.name,
                       absl::StrCat("there is no part for zone \"", zone,
                                    "\" of spec.failureDomains"));
  }
  return block->Part(2, zone[0] - 'a').ToString();
}

// Adds the subnets of one entry without a zone to the plan.
absl::Status Divide(const SubnetSpec& subnet,
                    const std::vector<std::string>& domains, bool zones,
                    std::vector<PlannedSubnet>& plan) {
  if (domains.size() < 2) {
    const std::string zone(domains.empty() ? kDefaultZone
                                           : absl::string_view(domains[0]));
    // Requested zones are passed on, so that a cloud without zones refuses
    // them.
    const bool has_zone = zones || !domains.empty();
    plan.push_back({.name = subnet.name,
                    .zone = has_zone ? zone : "",
                    .cidr_block = subnet.cidr_block,
                    .entry = subnet.name});
    return absl::OkStatus();
  }
  for (const std::string& zone : domains) {
    PlannedSubnet part{.name = absl::StrCat(subnet.name, "-", zone),
                       .zone = zone,
                       .cidr_block = {},
                       .entry = subnet.name};
    if (!subnet.cidr_block.empty()) {  // ipv6-only subnets have none
      EVROC_ASSIGN_OR_RETURN(part.cidr_block, QuarterOf(subnet, zone));
    }
    plan.push_back(std::move(part));
  }
  return absl::OkStatus();
}

// Adds the subnets that the cluster uses and does not make.
void AddExisting(const EvrocClusterSpec& spec, bool zones,
                 std::vector<PlannedSubnet>& plan) {
  std::map<std::string, PlannedSubnet> by_zone;
  for (const auto& [zone, reference] : spec.subnet_refs) {
    by_zone[zone] = {.name = reference,
                     .zone = zone,
                     .cidr_block = {},
                     .existing = true,
                     .entry = std::string(NameIn(reference))};
  }
  const bool chosen = !spec.failure_domains.empty();
  const std::vector<std::string> all = {"a", "b", "c"};
  if (zones) {
    for (const std::string& zone : chosen ? spec.failure_domains : all) {
      const std::string name = absl::StrCat("default-", spec.region, "-", zone);
      by_zone.try_emplace(zone, PlannedSubnet{.name = name,
                                              .zone = zone,
                                              .cidr_block = {},
                                              .existing = true,
                                              .entry = name,
                                              .optional = true});
    }
  }
  for (auto& [zone, subnet] : by_zone) plan.push_back(std::move(subnet));
}

}  // namespace

absl::StatusOr<std::vector<PlannedSubnet>> PlanSubnets(
    const EvrocClusterSpec& spec, bool zones) {
  std::vector<PlannedSubnet> plan;
  plan.reserve(spec.subnets.size() + spec.subnet_refs.size());
  for (const SubnetSpec& subnet : spec.subnets) {
    if (subnet.zone.empty()) {
      EVROC_RETURN_IF_ERROR(Divide(subnet, spec.failure_domains, zones, plan));
      continue;
    }
    plan.push_back({.name = subnet.name,
                    .zone = subnet.zone,
                    .cidr_block = subnet.cidr_block,
                    .entry = subnet.name});
  }
  if (spec.subnets.empty()) AddExisting(spec, zones, plan);
  if (plan.empty()) {
    return InvalidField("spec.network.subnets",
                        "at least one subnet is required");
  }
  return plan;
}

std::vector<std::string> ZonesOf(const EvrocClusterSpec& spec,
                                 const std::vector<PlannedSubnet>& subnets) {
  std::set<std::string> zones;
  for (const PlannedSubnet& subnet : subnets) {
    const auto& wanted = spec.failure_domains;
    if (subnet.zone.empty()) continue;
    if (wanted.empty() ||
        std::find(wanted.begin(), wanted.end(), subnet.zone) != wanted.end()) {
      zones.insert(subnet.zone);
    }
  }
  return {zones.begin(), zones.end()};
}

}  // namespace evroc::shim
