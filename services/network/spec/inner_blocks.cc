#include "services/network/spec/inner_blocks.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/net/cidr.h"

namespace evroc::network {
namespace {

struct SubnetBlock {
  std::string subnet;
  Cidr block;
};

void Add(const std::string& subnet, absl::string_view text,
         std::vector<SubnetBlock>& blocks) {
  const absl::StatusOr<Cidr> block = Cidr::ParseMasked(text);
  if (block.ok()) blocks.push_back({subnet, *block});
}

std::vector<SubnetBlock> BlocksOf(const NetworkSpec& spec,
                                  const std::vector<cloud::Subnet>& existing) {
  std::vector<SubnetBlock> blocks;
  for (const NetworkSpec::Subnet& subnet : spec.subnets) {
    Add(subnet.id.value(), subnet.ipv4_cidr_block, blocks);
  }
  for (const cloud::Subnet& subnet : existing) {
    Add(subnet.metadata.id.value(), subnet.ipv4_cidr_block.str(), blocks);
    Add(subnet.metadata.id.value(), subnet.status.assigned_ipv6_block, blocks);
  }
  return blocks;
}

}  // namespace

std::optional<std::string> FindInnerOverlap(
    const NetworkSpec& spec, const std::vector<cloud::Subnet>& existing) {
  const std::vector<SubnetBlock> subnets = BlocksOf(spec, existing);
  const std::vector<Cidr>& inner = spec.inner_blocks;
  for (size_t i = 0; i < inner.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (!inner[i].Overlaps(inner[j])) continue;
      return absl::StrCat(inner[i].ToString(), " overlaps ",
                          inner[j].ToString());
    }
    for (const SubnetBlock& subnet : subnets) {
      if (!inner[i].Overlaps(subnet.block)) continue;
      return absl::StrCat(inner[i].ToString(), " overlaps subnet ",
                          subnet.subnet, ", ", subnet.block.ToString());
    }
  }
  return std::nullopt;
}

}  // namespace evroc::network
