// Takes over, or gives back, the cloud objects of one cluster or machine of
// Evroc's official provider: finds them, says whose they are, and changes the
// owner's labels alone.

#ifndef SERVICES_INVENTORY_TAKE_OVER_H_
#define SERVICES_INVENTORY_TAKE_OVER_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/time/call_context.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/identity/previous_owner.h"
#include "services/inventory/inventory.h"

namespace evroc::cloud {

// See evroc.common.v1.TakeOverAction and TakeOverObject.
enum class TakeOverAction { kReport, kTake, kGiveBack };
enum class TakeOverVerdict { kProven, kTaken, kNotProven, kNotTheirs, kGiven };

struct TakeOverObject {
  std::string kind;
  std::string id;
  TakeOverVerdict verdict = TakeOverVerdict::kNotProven;
  std::string reason;
};

struct TakeOverRequest {
  Owner owner;  // with its resource prefix
  PreviousOwner previous;
  TakeOverAction action = TakeOverAction::kReport;
};

// One run over the kinds of objects that a service owns: Look for each kind,
// then Finish. What is looked at last is taken first and given back last. Not
// thread-safe.
class TakeOver {
 public:
  // What an object of the collection is to the run.
  template <typename T>
  struct Kind {
    Inventory<T>& inventory;
    Collection<T>& collection;
    // Those with a name of the owner's, whatever their labels are.
    std::vector<Id<T>> names;
    // Why it is the previous owner's; nothing if that is not proven.
    absl::FunctionRef<std::optional<std::string>(const T&)> prove;
    // Its owner's labels, role and part, but none of the user's.
    absl::FunctionRef<Labels(const T&)> labels;
    // Whether the official provider would find it.
    absl::FunctionRef<bool(const T&)> is_theirs;
    // Where the collection is searched for others that are proven or the
    // owner's.
    std::vector<std::string> selectors;
    // More of them, by their ids.
    std::vector<Id<T>> others = {};
    // Why it is not proven, for people, if it is not another owner's. Unset:
    // there is no more to say.
    std::function<std::string(const T&)> doubt = nullptr;
    // Why one that is proven can't be the owner's all the same, for people;
    // empty: it can. Unset: each one can.
    std::function<std::string(const T&)> obstacle = nullptr;
  };

  // `context` and `request` must outlive the run.
  TakeOver(const CallContext& context, const TakeOverRequest& request)
      : context_(context), request_(request) {}

  // Finds the objects of one kind. Returns them, for what is proven by them.
  template <typename T>
  absl::StatusOr<std::vector<T>> Look(const Kind<T>& kind) {
    EVROC_ASSIGN_OR_RETURN(const std::vector<T> found, Lookup(kind));
    for (const T& object : found) Add(kind, object);
    return found;
  }

  // Does what is asked for, and returns what was found, sorted by kind and id.
  absl::StatusOr<std::vector<TakeOverObject>> Finish();

 private:
  struct Entry {
    TakeOverObject object;
    std::function<absl::Status()> change;  // null: none
  };

  // What is known of an object.
  struct Facts {
    const Labels& labels;
    bool is_ours = false;
    bool is_theirs = false;
    std::optional<std::string> proof;
    std::string doubt;
    std::string obstacle;
  };

  template <typename T>
  absl::StatusOr<std::vector<T>> Lookup(const Kind<T>& kind) {
    std::map<Id<T>, T> found;
    const auto add = [&](T object) {
      const Id<T> id = object.metadata.id;
      found.insert_or_assign(id, std::move(object));
    };
    const auto add_if_related = [&](T object) {
      if (IsOurs(kind, object) || kind.prove(object)) add(std::move(object));
    };
    for (const Id<T>& id : kind.names) {
      EVROC_ASSIGN_OR_RETURN(std::optional<T> object,
                             FindObject(kind.collection, context_, id));
      if (object.has_value()) add(*std::move(object));
    }
    for (const std::string& selector : kind.selectors) {
      EVROC_ASSIGN_OR_RETURN(Listing<T> listing,
                             kind.collection.List(context_, selector));
      for (T& object : listing.items) add_if_related(std::move(object));
    }
    for (const Id<T>& id : kind.others) {
      if (found.contains(id)) continue;
      EVROC_ASSIGN_OR_RETURN(std::optional<T> object,
                             FindObject(kind.collection, context_, id));
      if (object.has_value()) add_if_related(*std::move(object));
    }
    std::vector<T> objects;
    objects.reserve(found.size());
    for (auto& [id, object] : found) objects.push_back(std::move(object));
    return objects;
  }

  // Names may have changed since: an owner is known by its ids.
  template <typename T>
  static bool IsOurs(const Kind<T>& kind, const T& object) {
    return BelongsTo(object.metadata.labels,
                     KeyOf(*OwnerOf(kind.labels(object))));
  }

  template <typename T>
  void Add(const Kind<T>& kind, const T& object) {
    const bool is_ours = IsOurs(kind, object);
    if (request_.action == TakeOverAction::kGiveBack && !is_ours) return;
    Entry entry{.object = Judge(
                    {.labels = object.metadata.labels,
                     .is_ours = is_ours,
                     .is_theirs = kind.is_theirs(object),
                     .proof = kind.prove(object),
                     .doubt = kind.doubt ? kind.doubt(object) : "",
                     .obstacle = kind.obstacle ? kind.obstacle(object) : ""})};
    entry.object.kind = std::string(kKindInfo<T>.kind);
    entry.object.id = object.metadata.id.value();
    if (entry.object.verdict == TakeOverVerdict::kGiven) {
      entry.change = Relabelling(kind.inventory, object, WithoutOurs);
    }
    if (entry.object.verdict == TakeOverVerdict::kProven) {
      entry.change =
          Relabelling(kind.inventory, object,
                      [ours = kind.labels(object)](const Labels& labels) {
                        Labels all = ours;
                        all.insert(labels.begin(), labels.end());
                        return all;
                      });
    }
    entries_.push_back(std::move(entry));
  }

  template <typename T>
  std::function<absl::Status()> Relabelling(
      Inventory<T>& inventory, const T& object,
      std::function<Labels(const Labels&)> relabelled) const {
    return [&inventory, object, relabelled = std::move(relabelled),
            &context = context_]() -> absl::Status {
      bool same = true;
      EVROC_RETURN_IF_ERROR(
          inventory
              .Modify(context, object,
                      [&](T& changed) {
                        same =
                            changed.metadata.uid == object.metadata.uid &&
                            changed.metadata.labels == object.metadata.labels;
                        if (!same) return;
                        changed.metadata.labels =
                            relabelled(changed.metadata.labels);
                      })
              .status());
      // Another one, or another owner's: nothing is known of it.
      return same ? absl::OkStatus()
                  : absl::AbortedError(absl::StrCat(
                        DescribeId(object.metadata.id), " has changed"));
    };
  }

  // The object's verdict and the reason for it, without its kind and id.
  TakeOverObject Judge(const Facts& facts) const;

  const CallContext& context_;
  const TakeOverRequest& request_;
  std::vector<Entry> entries_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_TAKE_OVER_H_
