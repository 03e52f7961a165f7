#include "services/identity/official_names.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc::cloud {
namespace {

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
  const std::string balancer = absl::StrCat(prefix, "-cp-lb");
  if (kind == "LoadBalancer") return balancer;
  if (kind == "PublicIP") return absl::StrCat(balancer, "-ip");
  if (kind == "BackendPool") return absl::StrCat(balancer, "-pool");
  if (kind == "BackendService") {
    return absl::StrCat(balancer, "-svc", PortSuffix(name));
  }
  if (kind == "L4Route") {
    return absl::StrCat(balancer, "-route", PortSuffix(name));
  }
  return std::nullopt;
}

}  // namespace evroc::cloud
