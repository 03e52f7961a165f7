#include "services/inventory/read_through_view.h"

#include "common/status/status_macros.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

template <typename T>
template <typename Read>
auto ReadThroughView<T>::ViewFresh(const Read& read) {
  decltype(read(std::declval<const Memory&>(), absl::Time())) result;
  observed_.Record([&](Memory& memory, absl::Time now, auto& /*changes*/) {
    memory.ForgetBefore(now - freshness_);
    result = read(memory, now - freshness_);
  });
  return result;
}

template <typename T>
absl::Status ReadThroughView<T>::List(const CallContext& context,
                                      const std::string& cluster_id) {
  EVROC_RETURN_IF_ERROR(cluster_id.empty()
                            ? observed_.List(context, selector_)
                            : observed_.ListOwner(context, {cluster_id, ""}));
  observed_.Record([&](Memory& memory, absl::Time now, auto& /*changes*/) {
    memory.RecordListing(cluster_id, now);
  });
  return absl::OkStatus();
}

template <typename T>
absl::StatusOr<std::optional<Known<T>>> ReadThroughView<T>::Get(
    const CallContext& context, const Id<T>& id) {
  // Nothing: not known. An empty answer: known not to exist.
  using Answer = std::optional<std::optional<Known<T>>>;
  const auto look = [&](const Memory& memory, absl::Time since) -> Answer {
    const auto* const entry = memory.Lookup(id);
    if (entry != nullptr && entry->read_at >= since) {
      return std::make_optional(entry->known);
    }
    if (memory.IsAbsent(id)) return std::optional<Known<T>>();
    return std::nullopt;
  };
  const Answer answer = ViewFresh(look);
  if (answer.has_value()) return *answer;
  return observed_.GetFresh(context, id);
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> ReadThroughView<T>::ListByCluster(
    const CallContext& context, const std::string& cluster_id) {
  using Answer = std::optional<std::vector<Known<T>>>;
  const Answer answer =
      ViewFresh([&](const Memory& memory, absl::Time) -> Answer {
        if (!memory.IsListed(cluster_id)) return std::nullopt;
        return memory.OfCluster(cluster_id);
      });
  if (answer.has_value()) return *answer;
  EVROC_RETURN_IF_ERROR(List(context, cluster_id));
  return observed_.View(
      [&](const Memory& memory) { return memory.OfCluster(cluster_id); });
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> ReadThroughView<T>::ListAll(
    const CallContext& context) {
  using Answer = std::optional<std::vector<Known<T>>>;
  const Answer answer =
      ViewFresh([](const Memory& memory, absl::Time) -> Answer {
        if (!memory.IsListed("")) return std::nullopt;
        return memory.All();
      });
  if (answer.has_value()) return *answer;
  EVROC_RETURN_IF_ERROR(List(context, ""));
  return observed_.View([](const Memory& memory) { return memory.All(); });
}

template <typename T>
absl::Status ReadThroughView<T>::RefreshIfStale(const CallContext& context,
                                                const OwnerKey& owner) {
  return observed_.ListOwner(context, owner);
}

template class ReadThroughView<Vpc>;
template class ReadThroughView<Subnet>;
template class ReadThroughView<SecurityGroup>;
template class ReadThroughView<PublicIp>;
template class ReadThroughView<LoadBalancer>;
template class ReadThroughView<BackendPool>;
template class ReadThroughView<BackendService>;
template class ReadThroughView<L4Route>;
template class ReadThroughView<VirtualMachine>;
template class ReadThroughView<Disk>;
template class ReadThroughView<PlacementGroup>;
template class ReadThroughView<HotswapAttachment>;

}  // namespace evroc::cloud
