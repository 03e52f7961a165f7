// What happens to objects by themselves: they come up step by step, follow
// their neighbours, and go away when nothing holds them any more.
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
  Lifecycle(Store& store, const Settings& settings, const AddressRanges& ranges,
            AddressBook& addresses, ObjectFaults& faults)
      : store_(store),
        settings_(settings),
        ranges_(ranges),
        addresses_(addresses),
        faults_(faults) {}

  // Stores a new object and starts its life.
  ObjectPtr Begin(Object object, absl::Time now);
  // Stores a changed spec or changed labels of an object.
  ObjectPtr Change(const Object& before, Object after, absl::Time now);
  // Marks an object as on its way out; a repeat does nothing.
  ObjectPtr StartDeletion(const Object& object, absl::Time now);
  // Takes an object away, whatever holds it.
  void Vanish(const Object& object, absl::Time now);
  // "stop", "start", "fail": what happens to a machine from outside the API.
  absl::StatusOr<ObjectPtr> Act(const Object& machine, absl::string_view action,
                                absl::Time now);

  // Puts back an object of a state that was saved; its life goes on.
  void Restore(Object object, absl::Time now);

  // Whether something of a blocking kind refers to the object.
  bool IsHeld(const Object& object) const;

  // Takes every step whose time has come.
  void RunDue(absl::Time now);
  absl::Time next_due() const;

 private:
  LifeContext ContextAt(absl::Time now) {
    return {store_, settings_, ranges_, addresses_, faults_, now};
  }
  // Stores an object with what follows for its status, and tells the
  // neighbours.
  ObjectPtr Save(Object object, const Object* before, absl::Time now);
  void TellNeighbours(const Object* before, const Object& object,
                      absl::Time now);
  void Follow(const Key& neighbour, absl::Time now);
  void RewriteSiblings(const Object& object);
  void Step(const Key& key, absl::Time now);
  void Remove(const Object& object, absl::Time now);
  void Schedule(const Key& key, NextStep next, absl::Time now);
  void Unschedule(const Key& key);

  Store& store_;
  const Settings& settings_;
  const AddressRanges& ranges_;
  AddressBook& addresses_;
  ObjectFaults& faults_;
  std::map<Key, absl::Time> due_;
  std::set<std::pair<absl::Time, Key>> queue_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_LIFECYCLE_H_
