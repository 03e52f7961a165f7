// The simulated cloud: its objects, the rules that writes must pass, and the
// lives that objects lead by themselves. It knows no dialect: REST and KCP are
// two ways to speak to it.
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

// What a POST brings.
struct Draft {
  LabelMap labels;
  Json spec = Json::Object();
  // Security groups may be missing (dialect A, evroc-api.md A.3).
  bool accepts_missing_groups = false;
};

// What a PATCH or PUT brings; each part may be absent.
struct Revision {
  Json spec;    // null: no change; a merge patch of the spec
  Json labels;  // null: no change; a merge patch of the user labels
  // Both replace what there is instead.
  bool replaces = false;
  // 409 unless the object still has it; empty: whatever it has.
  std::string resource_version;
};

// An object as it came to be stored, and what of the request was dropped.
struct Written {
  ObjectPtr object;
  std::vector<std::string> dropped;
};

class Cloud {
 public:
  explicit Cloud(AddressRanges ranges = {}, Clock& clock = Clock::Real());
  ~Cloud();

  // Whose time it lives in.
  Clock& clock() const { return clock_; }

  // The verbs of the API.
  absl::StatusOr<Written> Create(const Key& key, Draft draft);
  absl::StatusOr<ObjectPtr> Get(const Key& key);
  std::vector<ObjectPtr> List(Kind kind, const std::string& project,
                              const std::string& region,
                              const LabelSelector& selector);
  absl::StatusOr<Written> Update(const Key& key, const Revision& revision);
  // The object as it is now, on its way out.
  absl::StatusOr<ObjectPtr> Delete(const Key& key);

  // "stop", "start", "fail", "vanish": what happens to a machine from outside
  // the API.
  absl::Status ActOnMachine(const Key& key, absl::string_view action);

  // Waits until there are changes after `version` or the call ends, and gives
  // them; `version` moves on. False if they are forgotten.
  bool AwaitChanges(const CallContext& context, int64_t& version,
                    std::vector<Change>& changes);
  int64_t resource_version() const;

  // Waits until every step whose time has come is taken.
  void AwaitDueSteps() const;

  // A copy of the settings, and a change of them.
  Settings settings() const;
  absl::Status UpdateSettings(JsonView patch);

  // Lets `edit` change the object faults that are set.
  void EditFaults(absl::FunctionRef<void(ObjectFaults&)> edit);

  // Lets `read` look at everything at once; it must not block.
  void Read(absl::FunctionRef<void(const Store&)> read) const;

  // All of the state, and the same put back; before anything else is done.
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
  mutable absl::Mutex mutex_;
  Settings settings_ ABSL_GUARDED_BY(mutex_);
  Store store_ ABSL_GUARDED_BY(mutex_);
  AddressBook addresses_ ABSL_GUARDED_BY(mutex_);
  ObjectFaults faults_ ABSL_GUARDED_BY(mutex_);
  Lifecycle lifecycle_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, std::string>> projects_
      ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time awaited_ ABSL_GUARDED_BY(mutex_);  // by the timer thread
  std::thread timers_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_CLOUD_H_
