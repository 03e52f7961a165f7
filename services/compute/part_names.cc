#include "services/compute/part_names.h"

#include "absl/strings/str_cat.h"
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

cloud::Id<cloud::HotswapAttachment> AttachmentId(const cloud::Owner& owner,
                                                 absl::string_view name) {
  return cloud::Id<cloud::HotswapAttachment>(
      cloud::ObjectName(owner, "HotswapDiskAttachment", name));
}

}  // namespace evroc::compute
