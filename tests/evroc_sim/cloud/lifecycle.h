// Runs the life cycles of objects: they become ready step by step, follow
// related objects, and are removed when nothing uses them any more.
//
// Not thread-safe: Cloud guards it.

#ifndef TESTS_EVROC_SIM_CLOUD_LIFECYCLE_H_
#define TESTS_EVROC_SIM_CLOUD_LIFECYCLE_H_

#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

class Lifecycle {
 public:
  // All must outlive the lifecycle.
  struct Parts {
    Store& store;
    const Settings& settings;
    const AddressRanges& ranges;
    AddressBook& addresses;
    ObjectFaults& faults;
    BucketContents& contents;
  };
  explicit Lifecycle(const Parts& parts)
      : store_(parts.store), settings_(parts.settings), parts_(parts) {}

  // Stores a new object and starts its life cycle.
  ObjectPtr Begin(Object object, absl::Time now);
  // Stores a changed spec or changed labels of an object.
  ObjectPtr Change(const Object& before, Object after, absl::Time now);
  // Marks an object as being deleted; a repeat does nothing.
  ObjectPtr StartDeletion(const Object& object, absl::Time now);
  // Removes an object, whatever uses it.
  void Vanish(const Object& object, absl::Time now);
  // "stop", "start", "fail": changes to a machine from outside the API.
  absl::StatusOr<ObjectPtr> Act(const Object& machine, absl::string_view action,
                                absl::Time now);

  // Restores an object of a saved state and continues its life cycle.
  void Restore(Object object, absl::Time now);

  // Whether something of a blocking kind refers to the object.
  bool IsHeld(const Object& object) const;

  // Runs all due steps.
  void RunDue(absl::Time now);
  absl::Time next_due() const;

 private:
  LifeContext ContextAt(absl::Time now) {
    return {store_,
            settings_,
            parts_.ranges,
            parts_.addresses,
            parts_.faults,
            parts_.contents,
            now};
  }
  // Stores an object with its derived status, and updates related objects.
  ObjectPtr Save(Object object, const Object* before, absl::Time now);
  void NotifyNeighbours(const Object* before, const Object& object,
                        absl::Time now);
  void Follow(const Key& neighbour, absl::Time now);
  void RewriteSiblings(const Object& object);
  void Step(const Key& key, absl::Time now);
  void Remove(const Object& object, absl::Time now);
  void RecordDeparture(const Object& machine, absl::Time now);
  void Schedule(const Key& key, NextStep next, absl::Time now);
  void Unschedule(const Key& key);

  Store& store_;
  const Settings& settings_;
  const Parts parts_;
  std::map<Key, absl::Time> due_;
  std::set<std::pair<absl::Time, Key>> queue_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_LIFECYCLE_H_
