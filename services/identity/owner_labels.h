// The labels by which a cloud object says whose it is. They alone decide what
// we may change or delete (ADR 5, traps.md B2). Pure functions.

#ifndef SERVICES_IDENTITY_OWNER_LABELS_H_
#define SERVICES_IDENTITY_OWNER_LABELS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/evroc/api/object.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

// No "/" in keys: the cloud refuses it (evroc-api.md B.9.7).
inline constexpr char kManagedByLabel[] = "capi-managed-by";
inline constexpr char kClusterIdLabel[] = "capi-cluster-id";
inline constexpr char kClusterNameLabel[] = "capi-cluster-name";
inline constexpr char kMachineIdLabel[] = "capi-machine-id";
inline constexpr char kMachineNameLabel[] = "capi-machine-name";
// What an object is to its owner, and its name among those: "worker", "boot".
inline constexpr char kRoleLabel[] = "capi-role";
inline constexpr char kPartLabel[] = "capi-part";
// The beginning of every key that is ours.
inline constexpr char kLabelPrefix[] = "capi-";

inline constexpr char kManagedByValue[] = "cluster-api-provider-evroc";

// The owner's labels, machine labels only for a machine.
Labels OwnerLabels(const Owner& owner);

// `labels` of an object of ours; nothing if it is not.
std::optional<Owner> OwnerOf(const Labels& labels);

bool BelongsTo(const Labels& labels, const OwnerKey& key);

// Whether the object is that cluster's, or that of a machine of it.
bool BelongsToCluster(const Labels& labels, absl::string_view cluster_id);

// For people: "cluster a/b", "nobody that we know".
std::string DescribeOwner(const Labels& labels);

// Selectors for lists: all that is ours; one owner's.
std::string ManagedSelector();
std::string ClusterSelector(absl::string_view cluster_id);
std::string OwnerSelector(const OwnerKey& key);

// `labels` without the keys that are ours.
Labels WithoutOurs(Labels labels);

// A legal label value for any text: itself if it is one, else what fits of it
// with a hash.
std::string LabelValue(absl::string_view text);

// Whether `text` is one: at most 63 of letters, digits, "-", "_" and ".", a
// letter or digit at both ends.
bool IsLabelValue(absl::string_view text);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OWNER_LABELS_H_
