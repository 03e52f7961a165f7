#include "shim/reconcile/machine/machine_capacity.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

// The amount in the largest unit without a fraction, as Kubernetes writes it.
std::string Mebibytes(int64_t amount) {
  for (const char* unit : {"Mi", "Gi"}) {
    if (amount % 1024 != 0) return absl::StrCat(amount, unit);
    amount /= 1024;
  }
  return absl::StrCat(amount, "Ti");
}

// The resource that the vendor's device plugin announces: "nvidia.com/gpu" for
// the model "nvidia.com/AD102GL_L40S". All of Evroc's GPUs are NVIDIA's.
std::string GpuResource(absl::string_view model) {
  const size_t slash = model.find('/');
  const bool has_vendor = slash != model.npos && slash > 0;
  return absl::StrCat(has_vendor ? model.substr(0, slash) : "nvidia.com",
                      "/gpu");
}

}  // namespace

Json CapacityOf(const compute::v1::ComputeProfile& profile,
                int64_t root_disk_gb) {
  Json capacity = Json::Object();
  if (profile.vcpus() > 0) capacity.Set("cpu", absl::StrCat(profile.vcpus()));
  if (profile.memory_mib() > 0) {
    capacity.Set("memory", Mebibytes(profile.memory_mib()));
  }
  if (root_disk_gb > 0) {
    capacity.Set("ephemeral-storage", Mebibytes(root_disk_gb * 1024));
  }
  if (profile.gpu().count() > 0) {
    capacity.Set(GpuResource(profile.gpu().model()),
                 absl::StrCat(profile.gpu().count()));
  }
  return capacity;
}

Json NodeInfoOf(const compute::v1::ComputeProfile& profile) {
  Json info = Json::Object();
  if (!profile.architecture().empty()) {
    info.Set("architecture", profile.architecture());
  }
  info.Set("operatingSystem", "linux");
  return info;
}

}  // namespace evroc::shim
