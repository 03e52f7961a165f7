// The labels of a cloud object that name its owner. They alone decide which
// objects the services may change or delete (ADR 5, traps.md B2). Pure
// functions.

#ifndef SERVICES_IDENTITY_OWNER_LABELS_H_
#define SERVICES_IDENTITY_OWNER_LABELS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/evroc/api/object.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

// Keys have no "/": the cloud refuses it (evroc-api.md B.9.7).
inline constexpr char kManagedByLabel[] = "capi-managed-by";
inline constexpr char kClusterIdLabel[] = "capi-cluster-id";
inline constexpr char kClusterNameLabel[] = "capi-cluster-name";
inline constexpr char kMachineIdLabel[] = "capi-machine-id";
inline constexpr char kMachineNameLabel[] = "capi-machine-name";
// The object's role for its owner, and its name within that role: "worker",
// "boot".
inline constexpr char kRoleLabel[] = "capi-role";
inline constexpr char kPartLabel[] = "capi-part";
// The prefix of all keys of this provider.
inline constexpr char kLabelPrefix[] = "capi-";
// Those of Evroc's official provider, and the prefix of all its keys.
inline constexpr char kOfficialManagedBy[] = "capi_managed-by";
inline constexpr char kOfficialClusterId[] = "capi_cluster-id";
// Of versions before 0.3.0.
inline constexpr char kOfficialClusterUid[] = "capi_cluster-uid";
inline constexpr char kOfficialClusterName[] = "capi_cluster-name";
inline constexpr char kOfficialMachineId[] = "capi_machine-id";
inline constexpr char kOfficialMachineName[] = "capi_machine-name";
inline constexpr char kOfficialLabelPrefix[] = "capi_";

inline constexpr char kManagedByValue[] = "cluster-api-provider-evroc";

// Returns the owner's labels; machine labels only for a machine.
Labels OwnerLabels(const Owner& owner);

// Returns the labels of an owner's new object: the owner's, the user's, and its
// role and part where they are not empty. For an owner with a resource prefix
// also the official provider's, for the way back.
Labels ObjectLabels(const Owner& owner, const Labels& user_labels,
                    absl::string_view role = "", absl::string_view part = "");

// Returns the owner in `labels`; nullopt if they name none.
std::optional<Owner> OwnerOf(const Labels& labels);

// The key of that owner; an empty one if they name none.
OwnerKey OwnerKeyOf(const Labels& labels);

bool BelongsTo(const Labels& labels, const OwnerKey& key);

// Whether the object belongs to that cluster or to one of its machines.
bool BelongsToCluster(const Labels& labels, absl::string_view cluster_id);

// For people: "cluster a/b", "an unknown owner".
std::string DescribeOwner(const Labels& labels);
// For people: the labels by which an object is that owner's.
std::string DescribeLabels(const OwnerKey& key);

// Selectors for lists: all owned objects; one owner's.
std::string ManagedSelector();
std::string ClusterSelector(absl::string_view cluster_id);
std::string OwnerSelector(const OwnerKey& key);

// Whether `labels` has all of `wanted`; it may have others. The official
// provider's are not compared.
bool HasLabels(const Labels& labels, const Labels& wanted);
// Returns `wanted`, made by ObjectLabels, as labels of an object that exists
// and has `labels`: those of the official provider stay as they are. If the
// owner has a resource prefix all others stay too, unless they are ours: people
// and programs may have written them, which the official provider left alone.
Labels Relabelled(const Labels& labels, const Labels& wanted);

// Returns `labels` without this provider's keys.
Labels WithoutOurs(Labels labels);
// Returns `labels` without the keys of any provider.
Labels UserLabels(Labels labels);

// Returns a valid label value for any text: the text itself if valid, else a
// truncated part of it with a hash.
std::string LabelValue(absl::string_view text);

// Whether `text` is a valid label value: at most 63 of letters, digits, "-",
// "_" and ".", a letter or digit at both ends.
bool IsLabelValue(absl::string_view text);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OWNER_LABELS_H_
