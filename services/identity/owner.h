// Who a cloud object belongs to: a cluster, or a machine of one. Values.

#ifndef SERVICES_IDENTITY_OWNER_H_
#define SERVICES_IDENTITY_OWNER_H_

#include <compare>
#include <string>

namespace evroc::cloud {

// See evroc.common.v1.Owner.
struct Owner {
  std::string cluster_id;
  std::string cluster_name;
  std::string machine_id;    // empty: the cluster itself
  std::string machine_name;  // empty: the cluster itself
};

// What tells owners apart.
struct OwnerKey {
  std::string cluster_id;
  std::string machine_id;  // empty: the cluster itself
  friend auto operator<=>(const OwnerKey&, const OwnerKey&) = default;
  friend bool operator==(const OwnerKey&, const OwnerKey&) = default;
};

inline OwnerKey KeyOf(const Owner& owner) {
  return {owner.cluster_id, owner.machine_id};
}

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OWNER_H_
