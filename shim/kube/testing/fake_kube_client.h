// A KubeClient on an API server in memory, for tests. Strict: calls on an
// unknown resource, and calls that the real server would refuse, fail.
//
// Watches end when their call is cancelled, at EndWatches, and with the errors
// of FailNext. Thread-safe.

#ifndef SHIM_KUBE_TESTING_FAKE_KUBE_CLIENT_H_
#define SHIM_KUBE_TESTING_FAKE_KUBE_CLIENT_H_

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/testing/fake_kube_store.h"

namespace evroc::shim {

class FakeKubeClient : public KubeClient {
 public:
  // `clock` provides creation and deletion timestamps. Knows the resources of
  // resource.h.
  explicit FakeKubeClient(Clock& clock);

  void AddType(const ResourceType& type);

  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType& type,
                           const ObjectKey& key) override;
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const ObjectSink& sink) override;
  absl::Status Watch(const CallContext& context, const ResourceType& type,
                     const Selection& selection,
                     const std::string& resource_version,
                     const EventSink& sink) override;
  absl::StatusOr<Json> Create(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override;
  absl::StatusOr<Json> Update(const CallContext& context,
                              const ResourceType& type,
                              const Json& object) override;
  absl::StatusOr<Json> Patch(const CallContext& context,
                             const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource,
                             const Json& patch) override;

  // Act as other clients: not counted, and not subject to faults. A refused
  // call ends the test. Add takes a status too.
  Json Add(const ResourceType& type, const Json& object);
  Json Change(const ResourceType& type, const ObjectKey& key, const Json& patch,
              absl::string_view subresource = "");
  void Delete(const ResourceType& type, const ObjectKey& key);
  std::optional<Json> Find(const ResourceType& type,
                           const ObjectKey& key) const;
  std::vector<Json> All(const ResourceType& type) const;

  // The next call of that verb ("get", "list", "watch", "create", "update",
  // "patch") on that resource ("evrocmachines", "evrocmachines/status") fails
  // with `status`: before it does anything, or after its work.
  enum class Point { kBefore, kAfter };
  void FailNext(absl::string_view verb, absl::string_view plural,
                absl::Status status, Point point = Point::kBefore);
  // Runs `action` before the next such call does its work.
  void RunBefore(absl::string_view verb, absl::string_view plural,
                 std::function<void()> action);

  // Ends the open watches, as a server does from time to time.
  void EndWatches();
  // Forgets all changes so far: watches from earlier versions fail with
  // OUT_OF_RANGE.
  void ForgetHistory();
  // Sends a bookmark to every watch of that resource.
  void SendBookmark(const ResourceType& type);

  // The calls so far, refused ones too:
  // CallCount("patch", "evrocmachines/status").
  int CallCount(absl::string_view verb, absl::string_view plural) const;
  // The creates, updates and patches of all resources.
  int WriteCount() const;
  // Block until `count` watches are open, or `count` calls were made.
  void AwaitWatches(int count) const;
  void AwaitCalls(absl::string_view verb, absl::string_view plural,
                  int count) const;

 private:
  struct Fault {
    Point point;
    absl::Status status;
    std::function<void()> action;  // runs instead of a failure
  };
  using Name = std::pair<std::string, std::string>;  // verb, resource

  // Counts a call, and applies the next fault ordered for it; the error of a
  // kAfter fault goes into `after`.
  absl::Status Begin(const CallContext& context, absl::string_view verb,
                     const ResourceType& type, absl::string_view subresource,
                     absl::Status* after = nullptr);
  int CallCountLocked(const Name& name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status WatchFromNow(const CallContext& context,
                            const ResourceType& type,
                            const Selection& selection, const EventSink& sink);
  // Sends the changes from number `next` on.
  absl::Status WatchFrom(const CallContext& context, const ResourceType& type,
                         const Selection& selection, size_t next,
                         const EventSink& sink);

  Clock& clock_;
  mutable absl::Mutex mutex_;
  FakeKubeStore store_ ABSL_GUARDED_BY(mutex_);
  std::vector<ResourceType> types_ ABSL_GUARDED_BY(mutex_);
  std::map<Name, std::deque<Fault>> faults_ ABSL_GUARDED_BY(mutex_);
  std::map<Name, int> calls_ ABSL_GUARDED_BY(mutex_);
  int watches_ ABSL_GUARDED_BY(mutex_) = 0;
  int watch_generation_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t oldest_version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_TESTING_FAKE_KUBE_CLIENT_H_
