// A KubeClient on an API server in memory, for tests. Strict: a resource that
// it was not told of, and what the real server would refuse, fails.
//
// Thread-safe. Watches end when their call is cancelled, at EndWatches, and
// with what FailNext gives.

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
  // `clock` gives creation and deletion timestamps. Knows the resources of
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

  // What others do: not counted, never failed by a fault. They must be
  // possible, else the test dies. Adding takes a status too.
  Json Add(const ResourceType& type, const Json& object);
  Json Change(const ResourceType& type, const ObjectKey& key, const Json& patch,
              absl::string_view subresource = "");
  void Delete(const ResourceType& type, const ObjectKey& key);
  std::optional<Json> Find(const ResourceType& type,
                           const ObjectKey& key) const;
  std::vector<Json> All(const ResourceType& type) const;

  // The next call of that verb ("get", "list", "watch", "create", "update",
  // "patch") on that resource ("evrocmachines", "evrocmachines/status") ends
  // with `status`: before it does anything, or after all was done.
  enum class Point { kBefore, kAfter };
  void FailNext(absl::string_view verb, absl::string_view plural,
                absl::Status status, Point point = Point::kBefore);
  // Runs `action` before the next call of that kind is carried out.
  void RunBefore(absl::string_view verb, absl::string_view plural,
                 std::function<void()> action);

  // Ends the watches that are open, as a server does from time to time.
  void EndWatches();
  // Forgets what happened so far: watches from before fail with OUT_OF_RANGE.
  void ForgetHistory();
  // A bookmark for every watch of that resource.
  void SendBookmark(const ResourceType& type);

  // Calls so far, refused ones too: CallCount("patch", "evrocmachines/status").
  int CallCount(absl::string_view verb, absl::string_view plural) const;
  // Of all resources: "create", "update" and "patch".
  int WriteCount() const;
  // Block until so many watches are open, or so many calls were made.
  void AwaitWatches(int count) const;
  void AwaitCalls(absl::string_view verb, absl::string_view plural,
                  int count) const;

 private:
  struct Fault {
    Point point;
    absl::Status status;
    std::function<void()> action;  // instead of a failure
  };
  using Name = std::pair<std::string, std::string>;  // verb, resource

  // Counts a call, and carries out a fault that waits for it; one that comes
  // after the call is put into `after`.
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
