#include "common/names/official_names.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/dns_label.h"

namespace evroc {
namespace {

constexpr absl::string_view kBalancer = "-cp-lb";
constexpr absl::string_view kAddress = "-ip";

// "-9345" of "port-9345"; nothing of the port for the Kubernetes API.
std::string PortSuffix(absl::string_view name) {
  if (name == kApiPortName) return "";
  return absl::StrCat("-", absl::StripPrefix(name, "port-"));
}

}  // namespace

std::optional<std::string> OfficialMachineName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name) {
  if (kind == "VirtualMachine") return std::string(prefix);
  if (kind == "PublicIP") return absl::StrCat(prefix, "-public-ip");
  if (kind != "Disk") return std::nullopt;
  if (absl::ConsumePrefix(&name, "data/")) {
    return absl::StrCat(prefix, "-", name);
  }
  return absl::StrCat(prefix, "-boot-disk");
}

std::optional<std::string> OfficialClusterName(absl::string_view prefix,
                                               absl::string_view kind,
                                               absl::string_view name) {
  const std::string balancer = absl::StrCat(prefix, kBalancer);
  if (kind == "LoadBalancer") return balancer;
  if (kind == "PublicIP") return absl::StrCat(balancer, kAddress);
  if (kind == "BackendPool") return absl::StrCat(balancer, "-pool");
  if (kind == "BackendService") {
    return absl::StrCat(balancer, "-svc", PortSuffix(name));
  }
  if (kind == "L4Route") {
    return absl::StrCat(balancer, "-route", PortSuffix(name));
  }
  return std::nullopt;
}

std::string OfficialGroupName(absl::string_view prefix,
                              absl::string_view group) {
  if (prefix.empty()) return "";
  std::string name = absl::StrCat(prefix, "-", group);
  return IsDnsLabel(name) ? name : "";
}

std::optional<int> OfficialRoutePort(absl::string_view prefix,
                                     absl::string_view name) {
  int port = 0;
  if (!absl::ConsumePrefix(&name, absl::StrCat(prefix, kBalancer, "-route-")) ||
      !absl::SimpleAtoi(name, &port)) {
    return std::nullopt;
  }
  return port;
}

std::string OfficialDiskPart(absl::string_view prefix, absl::string_view name) {
  return std::string(absl::StripPrefix(name, absl::StrCat(prefix, "-")));
}

std::optional<std::string> OfficialPrefixOfBalancer(absl::string_view name) {
  if (!absl::ConsumeSuffix(&name, kBalancer)) return std::nullopt;
  return std::string(name);
}

std::string OfficialAddressWithoutBalancer(absl::string_view prefix) {
  return absl::StrCat(prefix, "-cp-ip");
}

bool IsOfficialEndpointAddress(absl::string_view name) {
  return absl::EndsWith(name, absl::StrCat(kBalancer, kAddress));
}

}  // namespace evroc
