// A KubeClient that follows its kubeconfig: what is rotated on disk counts
// within kReadAgain (read_file.h), and at once when the server refuses what was
// read before (ADR 31).
//
// Later calls use what was read, and running watches end, to be resumed with
// it. While it can't be read or used the former stays in use. Thread-safe.

#ifndef SHIM_APP_RELOADING_KUBE_CLIENT_H_
#define SHIM_APP_RELOADING_KUBE_CLIENT_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

class ReloadingKubeClient : public KubeClient {
 public:
  // Reads the files.
  using Load = std::function<absl::StatusOr<Kubeconfig>()>;
  // Makes a client that calls nothing yet.
  using Connect = std::function<absl::StatusOr<std::unique_ptr<KubeClient>>(
      const Kubeconfig&)>;

  // Fails as `load` and `connect` do. `clock` must outlive the client.
  static absl::StatusOr<std::unique_ptr<ReloadingKubeClient>> Make(
      Load load, Connect connect, Clock& clock);

  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType& type,
                           const ObjectKey& key) override;
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const ObjectSink& sink) override;
  // OK, too, where what was read has changed: to be watched again.
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

 private:
  struct Connection {
    Kubeconfig config;
    std::unique_ptr<KubeClient> client;
    std::stop_source replaced;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  ReloadingKubeClient(Load load, Connect connect, Clock& clock);

  absl::StatusOr<ConnectionPtr> Read() const;
  ConnectionPtr InUse() const;
  // The one to use, after a look at the files if it is time for one.
  ConnectionPtr Current();
  // Looks at the files; returns the one to use.
  ConnectionPtr Reload();
  // The one to use after a call with `used` has failed.
  ConnectionPtr After(const absl::Status& error, const ConnectionPtr& used);
  void RecordFailure(const absl::Status& error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reading_);

  // Runs `call`, and once more after a refusal of credentials that were
  // replaced meanwhile. Such a call has had no effect.
  template <typename Call>
  auto Run(const Call& call) -> decltype(call(std::declval<Connection&>()));

  const Load load_;
  const Connect connect_;
  Clock& clock_;

  absl::Mutex reading_;  // held while the files are read
  std::string failure_ ABSL_GUARDED_BY(reading_);  // of the last read

  mutable absl::Mutex mutex_;
  ConnectionPtr in_use_ ABSL_GUARDED_BY(mutex_);
  absl::Time read_again_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace evroc::shim

#endif  // SHIM_APP_RELOADING_KUBE_CLIENT_H_
