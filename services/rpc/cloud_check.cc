#include "services/rpc/cloud_check.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

using common::v1::KnownObject;

// What is withheld proves nothing, and says nothing else.
absl::StatusOr<bool> Unless(const absl::Status& error) {
  if (IsWithheld(error)) return false;
  return error;
}

template <typename T>
absl::StatusOr<bool> IsThere(const CallContext& context,
                             Collection<T>& collection,
                             const KnownObject& object) {
  const absl::StatusOr<std::optional<T>> found =
      FindObject(collection, context, Id<T>(object.id()));
  if (!found.ok()) return Unless(found.status());
  return found->has_value() && (*found)->metadata.uid == object.uid();
}

template <typename T>
absl::StatusOr<bool> HasAny(const CallContext& context,
                            Collection<T>& collection,
                            const std::string& selector) {
  const absl::StatusOr<Listing<T>> found = collection.List(context, selector);
  if (!found.ok()) return Unless(found.status());
  return !found->items.empty();
}

// Calls `look` with each collection of the network that a cluster has objects
// of, the likeliest first, until it finds something. An error counts if nothing
// is found at all.
template <typename Look>
absl::StatusOr<bool> LookIntoNetwork(NetworkApi& network, const Look& look) {
  absl::StatusOr<bool> result = false;
  const auto next = [&](auto& collection) {
    if (result.ok() && *result) return;
    const absl::StatusOr<bool> found = look(collection);
    if (!found.ok() || *found) result = found;
  };
  next(network.vpcs());
  next(network.public_ips());
  next(network.load_balancers());
  next(network.backend_pools());
  next(network.backend_services());
  next(network.l4_routes());
  next(network.security_groups());
  return result;
}

absl::StatusOr<bool> HasObject(const CallContext& context,
                               const Connection& connection,
                               const common::v1::ExpectedCloud& expected) {
  return LookIntoNetwork(
      *connection.network,
      [&]<typename T>(Collection<T>& collection) -> absl::StatusOr<bool> {
        for (const KnownObject& object : expected.objects()) {
          if (object.kind() != kKindInfo<T>.kind) continue;
          EVROC_ASSIGN_OR_RETURN(const bool found,
                                 IsThere(context, collection, object));
          if (found) return true;
        }
        return false;
      });
}

absl::StatusOr<bool> HasMachine(const CallContext& context,
                                const Connection& connection,
                                const common::v1::ExpectedCloud& expected) {
  std::set<std::string> uids;
  for (const KnownObject& object : expected.objects()) {
    if (object.kind() == kKindInfo<VirtualMachine>.kind) {
      uids.insert(object.uid());
    }
  }
  if (uids.empty()) return false;
  const absl::StatusOr<Listing<VirtualMachine>> all =
      connection.compute->virtual_machines().List(context, "");
  if (!all.ok()) return Unless(all.status());
  return std::any_of(
      all->items.begin(), all->items.end(),
      [&](const auto& each) { return uids.contains(each.metadata.uid); });
}

// The labels of our clusters, and of the official provider's.
absl::StatusOr<bool> HasLabelled(const CallContext& context,
                                 const Connection& connection,
                                 const common::v1::ExpectedCloud& expected) {
  if (!IsLabelValue(expected.cluster_id())) return false;
  for (const char* label :
       {kClusterIdLabel, kOfficialClusterId, kOfficialClusterUid}) {
    const std::string selector =
        absl::StrCat(label, "=", expected.cluster_id());
    EVROC_ASSIGN_OR_RETURN(
        const bool found,
        LookIntoNetwork(*connection.network, [&](auto& collection) {
          return HasAny(context, collection, selector);
        }));
    if (found) return true;
  }
  return false;
}

absl::Status CheckObjects(const common::v1::ExpectedCloud& expected) {
  const auto& objects = expected.objects();
  const auto others =
      std::count_if(objects.begin(), objects.end(), [](const auto& each) {
        return each.kind() != kKindInfo<VirtualMachine>.kind;
      });
  if (others <= kMaxExpectedObjects) return absl::OkStatus();
  return InvalidField(
      "scope.expected.objects",
      absl::StrCat("has ", others,
                   " objects beside virtual machines, more than ",
                   kMaxExpectedObjects));
}

}  // namespace

common::v1::CloudIdentity KnownIdentityOf(const Connection& connection) {
  common::v1::CloudIdentity identity;
  identity.set_organization(connection.organization);
  identity.set_project(connection.project);
  identity.set_project_uid(connection.project_uid->known());
  identity.set_region(connection.region);
  identity.set_endpoint(connection.endpoint);
  identity.set_principal(connection.principal);
  return identity;
}

absl::StatusOr<common::v1::CloudIdentity> IdentityOf(
    const CallContext& context, const Connection& connection, absl::Time now,
    absl::Duration max_age) {
  common::v1::CloudIdentity identity = KnownIdentityOf(connection);
  EVROC_ASSIGN_OR_RETURN(*identity.mutable_project_uid(),
                         connection.project_uid->Get(context, now, max_age));
  return identity;
}

absl::StatusOr<common::v1::CloudProof> Prove(
    const CallContext& context, const Connection& connection,
    const common::v1::CloudIdentity& seen,
    const common::v1::ExpectedCloud& expected) {
  EVROC_RETURN_IF_ERROR(CheckObjects(expected));
  if (const auto proof = ProofOf(expected.identity(), seen);
      proof != common::v1::CLOUD_PROOF_NONE) {
    return proof;
  }
  for (const auto look : {HasObject, HasMachine, HasLabelled}) {
    EVROC_ASSIGN_OR_RETURN(const bool found,
                           look(context, connection, expected));
    if (found) return common::v1::CLOUD_PROOF_OBJECT;
  }
  return common::v1::CLOUD_PROOF_NONE;
}

absl::Status CheckCloud(const CallContext& context,
                        const Connection& connection,
                        const common::v1::ExpectedCloud& expected,
                        absl::Time now, absl::Duration max_age) {
  EVROC_ASSIGN_OR_RETURN(const common::v1::CloudIdentity seen,
                         IdentityOf(context, connection, now, max_age));
  EVROC_ASSIGN_OR_RETURN(const common::v1::CloudProof proof,
                         Prove(context, connection, seen, expected));
  return proof == common::v1::CLOUD_PROOF_NONE
             ? OtherCloudError(expected.identity(), seen)
             : absl::OkStatus();
}

}  // namespace evroc::cloud
