// Stores all objects of the simulated cloud, with an index of references and a
// log of changes.
//
// Not thread-safe: Cloud guards it.

#ifndef TESTS_EVROC_SIM_MODEL_STORE_H_
#define TESTS_EVROC_SIM_MODEL_STORE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {

// The fully qualified ids that a spec of that kind refers to.
std::vector<std::string> RefsIn(Kind kind, JsonView spec);

struct Change {
  int64_t resource_version = 0;
  bool deleted = false;
  ObjectPtr object;  // the last state, even of a deleted object
};

// A machine that is gone, but that the quota still counts (B.8.2).
struct DepartedMachine {
  std::string profile_ref;
  absl::Time counted_until;
};

class Store {
 public:
  // Null if absent.
  ObjectPtr Find(const Key& key) const;
  // As Find, for a fully qualified id.
  ObjectPtr FindRef(absl::string_view fqid) const;

  // Adds or replaces an object under a new resource version; returns it as
  // stored.
  ObjectPtr Put(Object object);
  // Restores an object of a saved state with its version.
  void Restore(Object object);
  // Makes later versions greater than `version`.
  void AdvanceVersion(int64_t version);
  void Remove(const Key& key);

  // Visits the objects of a kind in one project and region, by id.
  void ForEach(Kind kind, absl::string_view project, absl::string_view region,
               absl::FunctionRef<void(const ObjectPtr&)> visit) const;
  // Visits all objects.
  void ForEach(absl::FunctionRef<void(const ObjectPtr&)> visit) const;

  // The objects that refer to it, by key.
  std::vector<ObjectPtr> UsersOf(const Key& key) const;

  // Whether `matches` holds for the key of any object that refers to it.
  bool AnyUserOf(const Key& key,
                 absl::FunctionRef<bool(const Key&)> matches) const;

  // Adds one, and drops those that are not counted at `now`.
  void AddDeparted(DepartedMachine machine, absl::Time now);
  const std::vector<DepartedMachine>& departed() const { return departed_; }

  int64_t resource_version() const { return resource_version_; }
  // Returns the changes after a version, oldest first. False if some of them
  // have been dropped.
  bool ChangesSince(int64_t version, std::vector<Change>* changes) const;

 private:
  ObjectPtr Keep(Object object);
  void IndexRefs(const Object& object, bool add);
  void Log(bool deleted, const ObjectPtr& object);

  std::map<Key, ObjectPtr> objects_;
  // The referring objects, by the fully qualified id that they refer to.
  absl::flat_hash_map<std::string, std::set<Key>> users_;
  // Never 0, which means "any version" to Kubernetes.
  int64_t resource_version_ = 1;
  std::deque<Change> changes_;
  std::vector<DepartedMachine> departed_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_STORE_H_
