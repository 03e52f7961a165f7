#include "services/inventory/observed_collection.h"

#include "common/status/status_macros.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

template <typename T>
bool Everything(const T& /*object*/) {
  return true;
}

template <typename T>
bool Nothing(const T& /*object*/) {
  return false;
}

}  // namespace

template <typename T>
absl::StatusOr<std::optional<Known<T>>> ObservedCollection<T>::GetFresh(
    const CallContext& context, const Id<T>& id) {
  const uint64_t requested_at = Sequence();
  EVROC_ASSIGN_OR_RETURN(std::optional<T> object,
                         FindObject(collection_, context, id));
  std::optional<Known<T>> found;
  Record([&](Memory& memory, absl::Time now, Changes& changes) {
    if (object.has_value()) {
      memory.Saw(*std::move(object), requested_at, now, changes);
    } else {
      memory.SawNothing(id, requested_at, now, changes);
    }
    if (const auto* entry = memory.Lookup(id)) found = entry->known;
  });
  return found;
}

template <typename T>
absl::StatusOr<std::vector<Id<T>>> ObservedCollection<T>::ListInto(
    const CallContext& context, const std::string& selector,
    const Covers& covers, std::string& version) {
  uint64_t requested_at = 0;
  Record([&](Memory& memory, absl::Time, Changes&) {
    requested_at = memory.sequence();
    memory.BeginList(requested_at);
  });
  absl::StatusOr<Listing<T>> listing =
      collection_.ListReadable(context, selector);
  std::vector<Id<T>> doubtful;
  Record([&](Memory& memory, absl::Time now, Changes& changes) {
    memory.EndList(requested_at);
    if (!listing.ok()) return;
    // One that can't be read may be any that is missing.
    doubtful = memory.SawList(std::move(listing->items),
                              listing->unread.ok() ? covers : Nothing<T>,
                              requested_at, now, changes);
  });
  EVROC_RETURN_IF_ERROR(listing.status());
  EVROC_RETURN_IF_ERROR(listing->unread);
  version = std::move(listing->resource_version);
  return doubtful;
}

template <typename T>
absl::Status ObservedCollection<T>::List(const CallContext& context,
                                         const std::string& selector) {
  std::string version;
  return ListInto(context, selector, Everything<T>, version).status();
}

template <typename T>
absl::Status ObservedCollection<T>::ListOwner(const CallContext& context,
                                              const OwnerKey& owner) {
  std::string version;
  const Covers covers = [&](const T& object) {
    const Labels& labels = object.metadata.labels;
    return owner.machine_id.empty() ? BelongsToCluster(labels, owner.cluster_id)
                                    : BelongsTo(labels, owner);
  };
  return ListInto(context, OwnerSelector(owner), covers, version).status();
}

template <typename T>
absl::StatusOr<std::string> ObservedCollection<T>::ListToWatch(
    const CallContext& context, const std::string& selector) {
  std::string version;
  EVROC_ASSIGN_OR_RETURN(const std::vector<Id<T>> doubtful,
                         ListInto(context, selector, Everything<T>, version));
  for (const Id<T>& id : doubtful) {
    EVROC_RETURN_IF_ERROR(GetFresh(context, id).status());
  }
  return version;
}

template class ObservedCollection<Vpc>;
template class ObservedCollection<Subnet>;
template class ObservedCollection<SecurityGroup>;
template class ObservedCollection<PublicIp>;
template class ObservedCollection<LoadBalancer>;
template class ObservedCollection<BackendPool>;
template class ObservedCollection<BackendService>;
template class ObservedCollection<L4Route>;
template class ObservedCollection<VirtualMachine>;
template class ObservedCollection<Disk>;
template class ObservedCollection<PlacementGroup>;
template class ObservedCollection<HotswapAttachment>;

}  // namespace evroc::cloud
