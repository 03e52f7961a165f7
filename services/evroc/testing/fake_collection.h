// An in-memory Collection for tests: strict about its input, and as slow to
// finish as the cloud, in steps that the test drives with Settle().
//
// Objects have versions and generations as in the cloud; deletion lingers
// until Settle(). Thread-safe.

#ifndef SERVICES_EVROC_TESTING_FAKE_COLLECTION_H_
#define SERVICES_EVROC_TESTING_FAKE_COLLECTION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/testing/fake_faults.h"

namespace evroc::cloud {

// The rules by which the cloud around a collection treats its objects. Each may
// be unset; all run without locks, so they may read any collection.
template <typename T>
struct FakeRules {
  // Refuses a Create or an Update.
  std::function<absl::Status(const T& wanted)> check_create;
  std::function<absl::Status(const T& current, const T& wanted)> check_update;
  // Fills in what the server sets at once when the object is created.
  std::function<void(T&)> on_create;
  // Whether something uses the object, so that it can't be deleted yet.
  std::function<bool(const T&)> in_use;
  // Completes the pending changes of the object.
  std::function<void(T&)> settle;
};

template <typename T>
class FakeCollection : public Collection<T> {
 public:
  // `kind` is used in error messages.
  FakeCollection(std::string kind, FakeRules<T> rules,
                 Clock& clock = Clock::Real());

  absl::StatusOr<T> Get(const CallContext& context, const Id<T>& id) override;
  absl::StatusOr<Listing<T>> ListReadable(
      const CallContext& context, absl::string_view label_selector) override;
  absl::StatusOr<T> Create(const CallContext& context,
                           const T& object) override;
  absl::StatusOr<T> Update(const CallContext& context, const T& current,
                           const T& wanted) override;
  absl::Status Delete(const CallContext& context, const Id<T>& id,
                      const std::string& uid) override;
  bool can_watch() const override;
  absl::Status Watch(
      const CallContext& context, absl::string_view resource_version,
      const std::function<absl::Status(const WatchEvent<T>&)>& sink) override;

  // --- For tests.

  FakeFaults& faults() { return faults_; }

  // The behaviour of this cloud. Set before use, or between calls.
  struct Behaviour {
    bool can_watch = false;
    bool lingering_deletion = true;  // else Delete of an unused object is final
    bool refuse_delete_in_use = false;  // else accepted and pending
    bool shows_deletion = false;        // metadata.deleting
    bool checks_uid = false;            // of Delete
    bool drops_deletion = false;        // Delete is accepted, and forgotten
    absl::Status unread;                // of lists, which show the others
    std::string missing_in;  // the API that lacks the collection: UNIMPLEMENTED
  };
  void set_behaviour(Behaviour behaviour);

  // Stores an object as if another client had created it, user data and status
  // as given; replaces one of the same id.
  void Put(T object);
  // Changes an object as the server does: a new version, and no checks.
  void Change(const Id<T>& id, const std::function<void(T&)>& change);
  // Removes an object without Delete.
  void Vanish(const Id<T>& id);
  // Lists show, until the next call of this, what there is now (true), or what
  // there is.
  void FreezeLists(bool frozen);

  // Any object as stored, user data included, even if its deletion is pending.
  std::optional<T> Find(const Id<T>& id) const;
  std::vector<T> All() const;
  // Whether Delete was accepted and the object still exists.
  bool deleting(const Id<T>& id) const;

  // One step: ends deletions of unused objects, completes other pending
  // changes. Returns whether anything changed.
  bool Settle();

  // Watches: ends all that run; expires all versions up to now; sends a
  // bookmark.
  void EndWatches();
  void ForgetHistory();
  void SendBookmark();

 private:
  struct Stored {
    T object;
    bool deleting = false;
  };
  struct Entry {
    int64_t version = 0;
    WatchEvent<T> event;
  };
  struct WatchState;

  template <typename R, typename Work>
  R Run(const CallContext& context, Verb verb, Work work);
  absl::Status Refuse(const CallContext& context) const;
  absl::StatusOr<T> Insert(T object);
  absl::StatusOr<T> Replace(const T& current, const T& wanted);
  absl::Status StartDeletion(const Id<T>& id, const std::string& uid);
  void StoreLocked(Stored stored) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveLocked(const Id<T>& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Stream(
      const CallContext& context, WatchState& state,
      const std::function<absl::Status(const WatchEvent<T>&)>& sink);

  const std::string kind_;
  const FakeRules<T> rules_;
  Clock& clock_;
  FakeFaults faults_;

  mutable absl::Mutex mutex_;
  Behaviour behaviour_ ABSL_GUARDED_BY(mutex_);
  std::map<Id<T>, Stored> objects_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::map<Id<T>, Stored>> listed_ ABSL_GUARDED_BY(mutex_);
  std::vector<Entry> history_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 1;
  int64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t created_ ABSL_GUARDED_BY(mutex_) = 0;
  int watch_round_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_FAKE_COLLECTION_H_
