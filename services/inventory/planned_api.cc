#include "services/inventory/planned_api.h"

#include <algorithm>

#include "absl/strings/str_join.h"

namespace evroc::cloud {
namespace {

// Collects texts such as "ports 80 (were 443) and public IP a (was b)".
class Texts {
 public:
  void Add(bool differs, absl::string_view text) {
    if (differs) texts_.emplace_back(text);
  }
  template <typename T>
  void AddIds(const std::vector<Id<T>>& before, const std::vector<Id<T>>& after,
              absl::string_view name) {
    std::vector<std::string> parts;
    const auto add_missing = [&](const auto& from, const auto& in,
                                 absl::string_view sign) {
      for (const Id<T>& id : from) {
        if (std::find(in.begin(), in.end(), id) == in.end()) {
          parts.push_back(absl::StrCat(sign, id.value()));
        }
      }
    };
    add_missing(after, before, "+");
    add_missing(before, after, "-");
    Add(!parts.empty(), absl::StrCat(name, " ", absl::StrJoin(parts, " ")));
  }
  std::string Text() const {
    return texts_.empty() ? "settings" : absl::StrJoin(texts_, " and ");
  }

 private:
  std::vector<std::string> texts_;
};

std::string NameOf(const Id<PublicIp>& id) {
  return id.empty() ? "none" : id.value();
}

std::string PublicIpChange(const Id<PublicIp>& before,
                           const Id<PublicIp>& after) {
  return absl::StrCat("public IP ", NameOf(after), " (was ", NameOf(before),
                      ")");
}

std::string PortsOf(const LoadBalancer& balancer) {
  return absl::StrJoin(balancer.listeners, " ",
                       [](std::string* out, const auto& listener) {
                         absl::StrAppend(out, listener.port);
                       });
}

std::string SizeOf(const Disk& disk) {
  return disk.size.has_value()
             ? absl::StrCat(disk.size->amount, " ", disk.size->unit.str())
             : "that of its image";
}

}  // namespace

std::string DifferenceOf(const LoadBalancer& before,
                         const LoadBalancer& after) {
  Texts texts;
  texts.Add(
      before.listeners != after.listeners,
      absl::StrCat("ports ", PortsOf(after), " (were ", PortsOf(before), ")"));
  texts.Add(before.public_ip != after.public_ip,
            PublicIpChange(before.public_ip, after.public_ip));
  return texts.Text();
}

std::string DifferenceOf(const BackendPool& before, const BackendPool& after) {
  Texts texts;
  texts.AddIds(before.backends, after.backends, "members");
  return texts.Text();
}

std::string DifferenceOf(const SecurityGroup& before,
                         const SecurityGroup& after) {
  Texts texts;
  texts.Add(before.rules != after.rules, "rules");
  return texts.Text();
}

std::string DifferenceOf(const Disk& before, const Disk& after) {
  Texts texts;
  texts.Add(
      before.size != after.size,
      absl::StrCat("size ", SizeOf(after), " (was ", SizeOf(before), ")"));
  return texts.Text();
}

std::string DifferenceOf(const VirtualMachine& before,
                         const VirtualMachine& after) {
  Texts texts;
  texts.Add(before.public_ip != after.public_ip,
            PublicIpChange(before.public_ip, after.public_ip));
  texts.AddIds(before.security_groups, after.security_groups,
               "security groups");
  return texts.Text();
}

std::string LabelChanges(const Labels& before, const Labels& after) {
  const Labels old_ones = UserLabels(before);
  const Labels new_ones = UserLabels(after);
  std::vector<std::string> parts;
  for (const auto& [key, value] : new_ones) {
    const auto old_one = old_ones.find(key);
    if (old_one != old_ones.end() && old_one->second == value) continue;
    parts.push_back(absl::StrCat("+", key.str(), "=", value.str()));
  }
  for (const auto& [key, value] : old_ones) {
    if (!new_ones.contains(key)) parts.push_back(absl::StrCat("-", key.str()));
  }
  return parts.empty() ? ""
                       : absl::StrCat("labels ", absl::StrJoin(parts, " "));
}

PlannedNetworkApi::PlannedNetworkApi(NetworkApi& real)
    : real_(real),
      vpcs_(real.vpcs()),
      subnets_(real.subnets()),
      security_groups_(real.security_groups()),
      public_ips_(real.public_ips()),
      load_balancers_(real.load_balancers()),
      backend_pools_(real.backend_pools()),
      backend_services_(real.backend_services()),
      l4_routes_(real.l4_routes()) {}

std::vector<std::string> PlannedNetworkApi::Changes() const {
  std::vector<std::string> changes;
  vpcs_.Describe(changes);
  subnets_.Describe(changes);
  security_groups_.Describe(changes);
  public_ips_.Describe(changes);
  load_balancers_.Describe(changes);
  backend_pools_.Describe(changes);
  backend_services_.Describe(changes);
  l4_routes_.Describe(changes);
  return changes;
}

PlannedComputeApi::PlannedComputeApi(ComputeApi& real)
    : real_(real),
      machines_(real.virtual_machines()),
      disks_(real.disks()),
      groups_(real.placement_groups()),
      attachments_(real.hotswap_attachments()) {}

std::vector<std::string> PlannedComputeApi::Changes() const {
  std::vector<std::string> changes;
  machines_.Describe(changes);
  disks_.Describe(changes);
  groups_.Describe(changes);
  attachments_.Describe(changes);
  return changes;
}

}  // namespace evroc::cloud
