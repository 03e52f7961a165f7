// The simulated cloud: its objects, the rules for writes, and the life cycles
// of its objects. It is independent of the dialect: REST and KCP are two
// interfaces to it.
//
// Errors are those of api_error.h. Thread-safe.

#ifndef TESTS_EVROC_SIM_CLOUD_CLOUD_H_
#define TESTS_EVROC_SIM_CLOUD_CLOUD_H_

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/labels/label_selector.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/cloud/lifecycle.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// The content of a POST.
struct Draft {
  LabelMap labels;
  Json spec = Json::Object();
  // Security groups may be missing (dialect A, evroc-api.md A.3).
  bool accepts_missing_groups = false;
};

// The content of a PATCH or PUT; each part may be absent.
struct Revision {
  Json spec;    // null: no change; a merge patch of the spec
  Json labels;  // null: no change; a merge patch of the user labels
  // Both replace the existing values instead.
  bool replaces = false;
  // 409 unless it is the object's current version; empty: any version.
  std::string resource_version;
};

// A stored object, and the dropped members of the request.
struct Written {
  ObjectPtr object;
  std::vector<std::string> dropped;
};

class Cloud {
 public:
  explicit Cloud(AddressRanges ranges = {}, Clock& clock = Clock::Real());
  ~Cloud();

  // The clock of its objects.
  Clock& clock() const { return clock_; }

  // The operations of the API.
  absl::StatusOr<Written> Create(const Key& key, Draft draft);
  absl::StatusOr<ObjectPtr> Get(const Key& key);
  std::vector<ObjectPtr> List(Kind kind, const std::string& project,
                              const std::string& region,
                              const LabelSelector& selector);
  absl::StatusOr<Written> Update(const Key& key, const Revision& revision);
  // Starts the deletion and returns the object in its current state.
  // `uid`: the UID that the object must have, else 409; empty: any.
  absl::StatusOr<ObjectPtr> Delete(const Key& key, absl::string_view uid = "");

  // "stop", "start", "fail", "vanish": changes to a machine from outside the
  // API.
  absl::Status ActOnMachine(const Key& key, absl::string_view action);

  // Waits until there are changes after `version` or the call ends, and returns
  // them; `version` advances. False if they have been dropped.
  bool AwaitChanges(const CallContext& context, int64_t& version,
                    std::vector<Change>& changes);
  int64_t resource_version() const;

  // Waits until all due steps have run.
  void AwaitDueSteps() const;

  // Returns a copy of the settings; changes them.
  Settings settings() const;
  absl::Status UpdateSettings(JsonView patch);

  // Calls `edit` to change the object faults.
  void EditFaults(absl::FunctionRef<void(ObjectFaults&)> edit);

  // Calls `read` with a consistent view of all objects; it must not block.
  void Read(absl::FunctionRef<void(const Store&)> read) const;

  // The objects in its buckets.
  BucketContents& contents() { return contents_; }

  // Returns the whole state; restores it, before any other call.
  Json SaveState() const;
  absl::Status LoadState(JsonView state);

 private:
  void RunTimers();
  bool TimersChangedLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || lifecycle_.next_due() != awaited_;
  }
  bool NothingDueLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return lifecycle_.next_due() == awaited_ && awaited_ > clock_.Now();
  }
  void EnsureProjectLocked(const std::string& project,
                           const std::string& region)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<ObjectPtr> FindLocked(const Key& key) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  ObjectPtr ViewLocked(const ObjectPtr& object) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  const AddressRanges ranges_;
  BucketContents contents_;
  mutable absl::Mutex mutex_;
  Settings settings_ ABSL_GUARDED_BY(mutex_);
  Store store_ ABSL_GUARDED_BY(mutex_);
  AddressBook addresses_ ABSL_GUARDED_BY(mutex_);
  ObjectFaults faults_ ABSL_GUARDED_BY(mutex_);
  Lifecycle lifecycle_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, std::string>> projects_
      ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time awaited_ ABSL_GUARDED_BY(mutex_);  // by the timers' thread
  std::thread timers_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_CLOUD_H_
