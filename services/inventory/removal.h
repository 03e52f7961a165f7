// Deletes cloud objects of one owner, step by step: each call takes the next
// one and says what still exists (ADR 27).
//
// Right before its DELETE each object is read by its id, and is deleted only if
// it is still the object, and still the owner's, that was found.

#ifndef SERVICES_INVENTORY_REMOVAL_H_
#define SERVICES_INVENTORY_REMOVAL_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/time/call_context.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory.h"

namespace evroc::cloud {

// An object that still exists, and why.
struct Remaining {
  std::string kind;
  std::string id;
  std::string reason;
};

template <typename T>
Remaining RemainingOf(const Id<T>& id, std::string reason) {
  return {std::string(kKindInfo<T>.kind), id.value(), std::move(reason)};
}

// Says what uses an object and so keeps it from being deleted, for people;
// empty: nothing. Null: nothing does.
template <typename T>
using HolderOf = std::function<absl::StatusOr<std::string>(const T&)>;

// Why an object that was made again, or was given away, since it was found is
// not deleted, for people; empty if it is the same.
std::string WhyNotSame(bool same_uid, const Labels& labels,
                       const OwnerKey& owner);

// Why an object that has a name of the owner's, but not its labels, keeps the
// deletion waiting, for people; empty if it is another owner's, or the official
// provider's.
std::string WhyInDoubt(const Labels& labels, const OwnerKey& owner);

// Requests the deletion of an object, again if it is still there some time
// after. Returns nothing if it is gone, else why it still exists. "Still in
// use" is no error (traps.md B8).
template <typename T>
absl::StatusOr<std::optional<Remaining>> RemoveObject(
    const CallContext& context, Inventory<T>& inventory, const Known<T>& known,
    const HolderOf<T>& holder_of = nullptr) {
  const auto still = [&](std::string reason) {
    return std::make_optional(
        RemainingOf(known.object.metadata.id, std::move(reason)));
  };
  constexpr char kUnderWay[] = "deletion is under way";
  const Id<T>& id = known.object.metadata.id;
  if (known.deleting && inventory.WasJustDeleted(id)) return still(kUnderWay);
  EVROC_ASSIGN_OR_RETURN(const std::optional<Known<T>> fresh,
                         inventory.GetFresh(context, id));
  if (!fresh.has_value()) return std::optional<Remaining>();
  const Metadata<T>& metadata = fresh->object.metadata;
  std::string reason =
      WhyNotSame(metadata.uid == known.object.metadata.uid, metadata.labels,
                 OwnerKeyOf(known.object.metadata.labels));
  if (!reason.empty()) return still(std::move(reason));
  if (metadata.deleting) return still(kUnderWay);
  if (holder_of) {
    EVROC_ASSIGN_OR_RETURN(const std::string holder, holder_of(fresh->object));
    if (!holder.empty()) return still(absl::StrCat("in use by ", holder));
  }
  const absl::StatusOr<bool> gone = inventory.Delete(context, id, metadata.uid);
  if (absl::IsFailedPrecondition(gone.status())) {
    return still(std::string(gone.status().message()));
  }
  EVROC_RETURN_IF_ERROR(gone.status());
  return *gone ? std::optional<Remaining>() : still(kUnderWay);
}

// One step of all that is to be deleted. An error does not end it: the others
// go on, and the first error is returned at the end. Not thread-safe.
class Sweep {
 public:
  // `context` must outlive the sweep.
  explicit Sweep(const CallContext& context) : context_(context) {}

  // Takes the next step for an object. Returns whether it is gone.
  template <typename T>
  bool Remove(Inventory<T>& inventory, const Known<T>& known,
              const HolderOf<T>& holder_of = nullptr) {
    if (IsHopeless()) return false;
    auto left = RemoveObject(context_, inventory, known, holder_of);
    Note(left.status());
    if (!left.ok()) return false;
    const bool is_gone = !left->has_value();
    if (!is_gone) Add(**std::move(left));
    return is_gone;
  }
  template <typename T>
  void RemoveAll(Inventory<T>& inventory, const std::vector<Known<T>>& all,
                 const HolderOf<T>& holder_of = nullptr) {
    for (const Known<T>& each : all) Remove(inventory, each, holder_of);
  }

  // Asks for an object by a name that only `owner` gives: labels, or a list of
  // them, may have been lost. If it is there, it is deleted or kept in doubt.
  template <typename T>
  void RemoveNamed(Inventory<T>& inventory, const Id<T>& id,
                   const OwnerKey& owner,
                   const HolderOf<T>& holder_of = nullptr) {
    if (inventory.WasJustAbsent(id)) return;
    RemoveIfThere(inventory, id, owner, holder_of);
  }
  // As RemoveNamed, also if it was just seen absent.
  template <typename T>
  void RemoveIfThere(Inventory<T>& inventory, const Id<T>& id,
                     const OwnerKey& owner, const HolderOf<T>& holder_of) {
    if (IsHopeless()) return;
    const auto found = inventory.GetFresh(context_, id);
    Note(found.status());
    if (!found.ok() || !found->has_value()) return;
    const Labels& labels = (*found)->object.metadata.labels;
    if (BelongsTo(labels, owner)) {
      Remove(inventory, **found, holder_of);
    } else if (std::string why = WhyInDoubt(labels, owner); !why.empty()) {
      Add(RemainingOf(id, std::move(why)));
    }
  }

  // As RemoveNamed, of everything in the collection, whose-ever it is, that
  // `is_named` recognises by its id.
  template <typename T>
  void RemoveRecognised(
      Inventory<T>& inventory,
      const std::function<bool(absl::string_view id)>& is_named,
      const OwnerKey& owner, const HolderOf<T>& holder_of = nullptr) {
    if (IsHopeless()) return;
    const auto all = inventory.ListEveryones(context_);
    Note(all.status());
    if (!all.ok()) return;
    for (const T& each : *all) {
      const Id<T>& id = each.metadata.id;
      if (is_named(id.value())) RemoveIfThere(inventory, id, owner, holder_of);
    }
  }

  template <typename T>
  void Keep(const std::vector<Known<T>>& all, absl::string_view reason) {
    for (const Known<T>& each : all) {
      Add(RemainingOf(each.object.metadata.id, std::string(reason)));
    }
  }
  void Add(Remaining remaining) { remaining_.push_back(std::move(remaining)); }
  void Note(const absl::Status& status) { error_.Update(status); }
  // Adds what another sweep has left and met.
  void Take(Sweep&& other) {
    Note(other.error_);
    for (Remaining& each : other.remaining_) Add(std::move(each));
  }

  // Whether nothing is left so far, and nothing failed.
  bool IsClear() const { return remaining_.empty() && error_.ok(); }
  // What is left, or the first error.
  absl::StatusOr<std::vector<Remaining>> Finish();

 private:
  // Whether every other call would fail as well.
  bool IsHopeless() const;

  const CallContext& context_;
  absl::Status error_;
  std::vector<Remaining> remaining_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_REMOVAL_H_
