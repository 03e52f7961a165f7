// The owner of a cloud object: a cluster, or one of its machines. Values.

#ifndef SERVICES_IDENTITY_OWNER_H_
#define SERVICES_IDENTITY_OWNER_H_

#include <compare>

#include "common/text/interned_string.h"

namespace evroc::cloud {

// See evroc.common.v1.Owner.
struct Owner {
  InternedString cluster_id;
  InternedString cluster_name;
  InternedString machine_id;    // empty: the cluster itself
  InternedString machine_name;  // empty: the cluster itself
  // Of the names of its objects, if the official provider has made the owner;
  // not known from labels.
  InternedString resource_prefix;
};

// Identifies an owner.
struct OwnerKey {
  InternedString cluster_id;
  InternedString machine_id;  // empty: the cluster itself
  friend auto operator<=>(const OwnerKey&, const OwnerKey&) = default;
  friend bool operator==(const OwnerKey&, const OwnerKey&) = default;
};

inline OwnerKey KeyOf(const Owner& owner) {
  return {owner.cluster_id, owner.machine_id};
}

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OWNER_H_
