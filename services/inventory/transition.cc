#include "services/inventory/transition.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace evroc::cloud {
namespace {

// Not ready yet. An object without that condition has nothing to wait for.
bool BecomesReady(const Conditions& conditions) {
  return FindCondition(conditions, "Ready") != nullptr && !IsReady(conditions);
}

// What the reason of a failure contains (evroc-api.md B.5.3). Reasons are free
// text, so a list of those that are no failure would never be complete.
constexpr absl::string_view kFailures[] = {"failed",   "failure",     "error",
                                           "invalid",  "unavailable", "denied",
                                           "exceeded", "toosmall"};

}  // namespace

bool InTransition(const Vpc& vpc) {
  return BecomesReady(vpc.status.conditions);
}
bool InTransition(const Subnet& subnet) {
  return BecomesReady(subnet.status.conditions);
}
bool InTransition(const SecurityGroup& group) {
  return BecomesReady(group.status.conditions);
}
bool InTransition(const PublicIp& address) {
  return address.status.address.empty();
}
bool InTransition(const LoadBalancer& balancer) {
  return !IsReady(balancer.status.conditions);
}
bool InTransition(const BackendPool& /*pool*/) { return false; }
bool InTransition(const BackendService& service) {
  return BecomesReady(service.status.conditions);
}
bool InTransition(const L4Route& route) {
  return BecomesReady(route.status.conditions);
}

bool InTransition(const VirtualMachine& machine) {
  const std::string& state = machine.status.state;
  if (state == "ProvisioningFailed") return false;
  // A stopped machine that should run, or the reverse, will change.
  if (state == "Stopped") return machine.running;
  if (state != "Running" || !machine.running) return true;
  const bool waits_for_public =
      !machine.public_ip.empty() && machine.status.public_ipv4_address.empty();
  const bool waits_for_private = machine.status.private_ipv4_address.empty() &&
                                 machine.stack_type != StackType::kIpv6Only;
  return waits_for_private || waits_for_public;
}

bool HasFailed(const Disk& disk) {
  const Condition* ready = FindCondition(disk.status.conditions, "Ready");
  if (ready == nullptr || ready->status != ConditionStatus::kFalse) {
    return false;
  }
  const std::string reason = absl::AsciiStrToLower(ready->reason.str());
  return std::any_of(
      std::begin(kFailures), std::end(kFailures),
      [&](absl::string_view word) { return absl::StrContains(reason, word); });
}

bool InTransition(const Disk& disk) {
  return (BecomesReady(disk.status.conditions) || IsGrowing(disk)) &&
         !HasFailed(disk);
}

bool InTransition(const PlacementGroup& /*group*/) { return false; }

bool InTransition(const HotswapAttachment& attachment) {
  return BecomesReady(attachment.status.conditions);
}

}  // namespace evroc::cloud
