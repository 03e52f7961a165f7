// The cloud as it would be after writes that are not made: reads go to the real
// API, writes stay in memory, where later reads find them, and are told in
// words. What would be created counts as ready at once.
//
// For one call on one thread: not thread-safe. It can't be watched.

#ifndef SERVICES_INVENTORY_PLANNED_API_H_
#define SERVICES_INVENTORY_PLANNED_API_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/labels/label_selector.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/compute_api.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/network_api.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {

// What differs between two specs of an object, in words: "rules". Labels are
// not compared.
std::string DifferenceOf(const LoadBalancer& before, const LoadBalancer& after);
std::string DifferenceOf(const BackendPool& before, const BackendPool& after);
std::string DifferenceOf(const SecurityGroup& before,
                         const SecurityGroup& after);
std::string DifferenceOf(const Disk& before, const Disk& after);
std::string DifferenceOf(const VirtualMachine& before,
                         const VirtualMachine& after);
template <typename T>
std::string DifferenceOf(const T& /*before*/, const T& /*after*/) {
  return "settings";
}

// Which labels would be set or removed: "labels team=red, -size". Those of
// providers are not compared.
std::string LabelChanges(const Labels& before, const Labels& after);

template <typename T>
class PlannedCollection : public Collection<T> {
 public:
  // `real` must outlive this.
  explicit PlannedCollection(Collection<T>& real) : real_(real) {}

  absl::StatusOr<T> Get(const CallContext& context, const Id<T>& id) override {
    const auto planned = planned_.find(id);
    if (planned == planned_.end()) return real_.Get(context, id);
    if (planned->second.after.has_value()) return *planned->second.after;
    return absl::NotFoundError(absl::StrCat("no ", DescribeId(id)));
  }

  absl::StatusOr<Listing<T>> ListReadable(
      const CallContext& context, absl::string_view label_selector) override {
    EVROC_ASSIGN_OR_RETURN(Listing<T> listing,
                           real_.ListReadable(context, label_selector));
    EVROC_ASSIGN_OR_RETURN(const LabelSelector selector,
                           LabelSelector::Parse(label_selector));
    std::erase_if(listing.items, [&](const T& each) {
      return planned_.contains(each.metadata.id);
    });
    for (const auto& [id, entry] : planned_) {
      if (entry.after.has_value() &&
          selector.Matches(entry.after->metadata.labels)) {
        listing.items.push_back(*entry.after);
      }
    }
    return listing;
  }

  absl::StatusOr<T> Create(const CallContext& context,
                           const T& object) override {
    const Id<T>& id = object.metadata.id;
    EVROC_ASSIGN_OR_RETURN(const std::optional<T> existing,
                           FindObject<T>(*this, context, id));
    if (existing.has_value()) {
      return absl::AlreadyExistsError(DescribeId(id));
    }
    T created = WithoutCreateOnly(object);
    if constexpr (requires { created.status.conditions; }) {
      created.status.conditions.push_back(
          {.type = "Ready", .status = ConditionStatus::kTrue});
    }
    planned_[id].after = created;
    return created;
  }

  absl::StatusOr<T> Update(const CallContext& /*context*/, const T& current,
                           const T& wanted) override {
    if (SameSpec(current, wanted)) return current;
    const Id<T>& id = current.metadata.id;
    T changed = WithoutCreateOnly(wanted);
    Plan(id, current).after = changed;
    return changed;
  }

  absl::Status Delete(const CallContext& context, const Id<T>& id,
                      const std::string& /*uid*/) override {
    EVROC_ASSIGN_OR_RETURN(const T current, Get(context, id));
    Plan(id, current).after.reset();
    return absl::OkStatus();
  }

  bool can_watch() const override { return false; }
  absl::Status Watch(const CallContext& /*context*/,
                     absl::string_view /*resource_version*/,
                     const std::function<absl::Status(const WatchEvent<T>&)>&
                     /*sink*/) override {
    return absl::UnimplementedError("a plan can't be watched");
  }

  // Adds what the writes come to, one text for each object: "makes Disk a",
  // "changes LoadBalancer b: listeners".
  void Describe(std::vector<std::string>& changes) const {
    for (const auto& [id, entry] : planned_) {
      const std::string name = DescribeId(id);
      if (!entry.before.has_value()) {
        if (entry.after.has_value()) {
          changes.push_back(absl::StrCat("makes ", name));
        }
      } else if (!entry.after.has_value()) {
        changes.push_back(absl::StrCat("deletes ", name));
      } else if (const std::string what = What(*entry.before, *entry.after);
                 !what.empty()) {
        changes.push_back(absl::StrCat("changes ", name, ": ", what));
      }
    }
  }

 private:
  struct Entry {
    std::optional<T> before;  // nothing: it would be made
    std::optional<T> after;   // nothing: it would be deleted
  };

  Entry& Plan(const Id<T>& id, const T& current) {
    return planned_.try_emplace(id, Entry{current, current}).first->second;
  }

  static std::string What(const T& before, const T& after) {
    std::string what =
        LabelChanges(before.metadata.labels, after.metadata.labels);
    T unlabelled = after;
    unlabelled.metadata.labels = before.metadata.labels;
    if (!SameSpec(before, unlabelled)) {
      absl::StrAppend(&what, what.empty() ? "" : " and ",
                      DifferenceOf(before, after));
    }
    return what;
  }

  Collection<T>& real_;
  std::map<Id<T>, Entry> planned_;
};

class PlannedNetworkApi : public NetworkApi {
 public:
  // `real` must outlive this.
  explicit PlannedNetworkApi(NetworkApi& real);

  Capabilities capabilities() const override { return real_.capabilities(); }
  Collection<Vpc>& vpcs() override { return vpcs_; }
  Collection<Subnet>& subnets() override { return subnets_; }
  Collection<SecurityGroup>& security_groups() override {
    return security_groups_;
  }
  Collection<PublicIp>& public_ips() override { return public_ips_; }
  Collection<LoadBalancer>& load_balancers() override {
    return load_balancers_;
  }
  Collection<BackendPool>& backend_pools() override { return backend_pools_; }
  Collection<BackendService>& backend_services() override {
    return backend_services_;
  }
  Collection<L4Route>& l4_routes() override { return l4_routes_; }

  // As PlannedCollection::Describe, of all collections.
  std::vector<std::string> Changes() const;

 private:
  NetworkApi& real_;
  PlannedCollection<Vpc> vpcs_;
  PlannedCollection<Subnet> subnets_;
  PlannedCollection<SecurityGroup> security_groups_;
  PlannedCollection<PublicIp> public_ips_;
  PlannedCollection<LoadBalancer> load_balancers_;
  PlannedCollection<BackendPool> backend_pools_;
  PlannedCollection<BackendService> backend_services_;
  PlannedCollection<L4Route> l4_routes_;
};

class PlannedComputeApi : public ComputeApi {
 public:
  // `real` must outlive this.
  explicit PlannedComputeApi(ComputeApi& real);

  Capabilities capabilities() const override { return real_.capabilities(); }
  Collection<VirtualMachine>& virtual_machines() override { return machines_; }
  Collection<Disk>& disks() override { return disks_; }
  Collection<PlacementGroup>& placement_groups() override { return groups_; }
  Collection<HotswapAttachment>& hotswap_attachments() override {
    return attachments_;
  }

  absl::StatusOr<std::vector<ComputeProfile>> ListComputeProfiles(
      const CallContext& context) override {
    return real_.ListComputeProfiles(context);
  }
  absl::StatusOr<std::vector<DiskImage>> ListDiskImages(
      const CallContext& context) override {
    return real_.ListDiskImages(context);
  }
  absl::StatusOr<std::vector<DiskImage>> ListCustomImages(
      const CallContext& context) override {
    return real_.ListCustomImages(context);
  }
  absl::StatusOr<DiskImage> GetCustomImage(const CallContext& context,
                                           absl::string_view name) override {
    return real_.GetCustomImage(context, name);
  }
  absl::StatusOr<std::vector<std::string>> ListZones(
      const CallContext& context) override {
    return real_.ListZones(context);
  }

  // As PlannedCollection::Describe, of all collections.
  std::vector<std::string> Changes() const;

 private:
  ComputeApi& real_;
  PlannedCollection<VirtualMachine> machines_;
  PlannedCollection<Disk> disks_;
  PlannedCollection<PlacementGroup> groups_;
  PlannedCollection<HotswapAttachment> attachments_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_PLANNED_API_H_
