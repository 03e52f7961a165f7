#include "services/compute/part_names.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/official_names.h"
#include "services/identity/object_name.h"

namespace evroc::compute {

std::string DataDiskLabel(absl::string_view name) {
  return absl::StrCat(kDataDiskLabelPrefix, name);
}

cloud::Id<cloud::VirtualMachine> MachineId(const cloud::Owner& owner) {
  return cloud::Id<cloud::VirtualMachine>(
      cloud::ObjectName(owner, "VirtualMachine", ""));
}

cloud::Id<cloud::Disk> DiskId(const cloud::Owner& owner,
                              absl::string_view name) {
  return cloud::Id<cloud::Disk>(cloud::ObjectName(
      owner, "Disk", name.empty() ? kBootRole : absl::StrCat("data/", name)));
}

std::string DataDiskName(const cloud::Owner& owner,
                         const cloud::Id<cloud::Disk>& id) {
  std::string official = OfficialDiskPart(owner.resource_prefix, id.value());
  if (DiskId(owner, official) == id) return official;
  std::string tried;
  const auto names_for = [&](absl::string_view end) {
    std::vector<std::string> names;
    if (absl::ConsumePrefix(&end, "data-")) {
      tried = std::string(end);
      names.push_back(absl::StrCat("data/", end));
    }
    return names;
  };
  const bool is_hash =
      cloud::HasObjectName(owner, "Disk", id.value(), names_for);
  return is_hash ? tried : official;
}

cloud::Id<cloud::HotswapAttachment> AttachmentId(const cloud::Owner& owner,
                                                 absl::string_view name) {
  return cloud::Id<cloud::HotswapAttachment>(
      cloud::ObjectName(owner, "HotswapDiskAttachment", name));
}

bool IsPartOf(const cloud::Owner& machine, absl::string_view kind,
              absl::string_view id) {
  return cloud::HasObjectName(machine, kind, id, [](absl::string_view end) {
    std::vector<std::string> names = {std::string(end)};
    if (absl::ConsumePrefix(&end, "data-")) {
      names.push_back(absl::StrCat("data/", end));
    }
    return names;
  });
}

}  // namespace evroc::compute
