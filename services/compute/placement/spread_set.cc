#include "services/compute/placement/spread_set.h"

#include <cstddef>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/names/dns_label.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

constexpr char kPlacementGroup[] = "PlacementGroup";
// The value of kRoleLabel.
constexpr char kSpreadRole[] = "spread";
// "-9999".
constexpr size_t kNumberLength = 5;

}  // namespace

SpreadGroupIds::SpreadGroupIds(const SpreadSet& set)
    : prefix_(
          absl::StrCat(cloud::ObjectName(set.cluster, kPlacementGroup,
                                         absl::StrCat(set.name, "/", set.zone),
                                         kMaxDnsLabel - kNumberLength),
                       "-")) {}

cloud::Id<cloud::PlacementGroup> SpreadGroupIds::At(int number) const {
  return cloud::Id<cloud::PlacementGroup>(absl::StrCat(prefix_, number));
}

int SpreadGroupIds::NumberOf(const cloud::Id<cloud::PlacementGroup>& id) const {
  absl::string_view text = id.value();
  int number = 0;
  const bool is_one = absl::ConsumePrefix(&text, prefix_) &&
                      absl::SimpleAtoi(text, &number) && number > 0 &&
                      At(number) == id;
  return is_one ? number : 0;
}

bool IsSpreadGroupOf(const cloud::Owner& cluster, absl::string_view id) {
  const size_t at = id.rfind('-');
  int number = 0;
  if (at == id.npos || !absl::SimpleAtoi(id.substr(at + 1), &number)) {
    return false;
  }
  id = id.substr(0, at);
  const auto names_for = [](absl::string_view end) {
    std::vector<std::string> names = {absl::StrCat(end, "/")};
    const size_t zone = end.rfind('-');
    if (zone != end.npos) {
      names.push_back(
          absl::StrCat(end.substr(0, zone), "/", end.substr(zone + 1)));
    }
    return names;
  };
  return cloud::HasObjectName(cluster, kPlacementGroup, id, names_for) ||
         cloud::LooksLikeObjectOf(cluster.cluster_name, "", id);
}

cloud::PlacementGroup DesiredGroup(const SpreadSet& set,
                                   const cloud::Id<cloud::PlacementGroup>& id) {
  cloud::PlacementGroup group;
  group.metadata.id = id;
  group.metadata.labels = cloud::ObjectLabels(set.cluster, {}, kSpreadRole,
                                              cloud::LabelValue(set.name));
  group.zone = set.zone;
  return group;
}

}  // namespace evroc::compute
