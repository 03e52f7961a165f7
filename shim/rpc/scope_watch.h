// Runs the two Watches of one scope for all clusters that use it: puts their
// events into the CloudView and notifies the listener of changes.
//
// Only Work opens and closes streams, on one thread of the owner; events come
// on the service clients' threads. Thread-safe.

#ifndef SHIM_RPC_SCOPE_WATCH_H_
#define SHIM_RPC_SCOPE_WATCH_H_

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "shim/rpc/cloud_view.h"
#include "shim/rpc/compute_service_client.h"
#include "shim/rpc/network_service_client.h"
#include "shim/rpc/scope.h"
#include "shim/rpc/scope_contact.h"
#include "shim/rpc/scope_stream.h"

namespace evroc::shim {

// Receives changes of the cloud. Called on threads of the services' clients,
// without locks. It should be quick, and may call CloudView and CloudWatcher.
class CloudListener {
 public:
  virtual ~CloudListener() = default;

  // Called when CloudView has changed for this machine, or (`machine_id` empty)
  // for the cluster's network, and when CloudWatcher::Synced or KnowsMachines
  // has become true of the cluster.
  virtual void OnCloudChange(const std::string& cluster_id,
                             const std::string& machine_id) = 0;

  // Called when the cloud refuses the credentials of these clusters. They are
  // tried again, but rarely; better credentials take effect through
  // CloudWatcher::Hold.
  virtual void OnScopeRefused(const std::vector<std::string>& cluster_ids,
                              const absl::Status& status) = 0;

  // Called when CloudWatcher::Contact of these clusters has become worth
  // telling, or no longer is: the cloud has not answered for `stale_after`, it
  // answers again, or it began or ceased to refuse some reads.
  virtual void OnContactChange(const std::vector<std::string>& cluster_ids) = 0;
};

// One response of a service's Watch, in a form common to both services. A value
// that refers to the response.
struct CloudEvent {
  enum class Type { kUnknown, kReset, kChanged, kDeleted, kSynced, kContact };

  Type type = Type::kUnknown;
  const std::string& cursor;
  // For a change or deletion exactly one is set; the others are null.
  const network::v1::ClusterNetwork* network = nullptr;
  const network::v1::PublicIp* address = nullptr;
  const compute::v1::VirtualMachine* machine = nullptr;
  // Of kContact; else null.
  const common::v1::CloudContact* contact = nullptr;

  // The resource's owner; null without a resource.
  const common::v1::Owner* owner() const;
};

// `response` must outlive the event.
CloudEvent EventOf(const network::v1::WatchResponse& response);
CloudEvent EventOf(const compute::v1::WatchResponse& response);

// The environment of a scope's watches; all of it outlives them.
struct WatchEnv {
  NetworkServiceClient& network;
  ComputeServiceClient& compute;
  CloudView& view;
  CloudListener& listener;
  Clock& clock;
  StreamPolicy policy;
  absl::Duration stale_after;
  // Called when a stream of "network-service" or "compute-service" has ended.
  std::function<void(absl::string_view service)> on_lost;
};

class ScopeWatch {
 public:
  // `wake` is called when Work is to be called. `env` must outlive this.
  ScopeWatch(const WatchEnv& env, ScopePtr scope, std::function<void()> wake);
  // Must be called after Close, or before the first Work.
  ~ScopeWatch();

  const ScopePtr& scope() const { return scope_; }

  // See ScopeStream::Join.
  void Join(const std::string& cluster_id, bool moved);
  void Leave(const std::string& cluster_id);
  bool empty() const;
  // See CloudWatcher.
  bool Synced(const std::string& cluster_id) const;
  bool KnowsMachines(const std::string& cluster_id) const;
  CloudContact Contact() const;

  // Opens and closes the streams that are due. Returns the time of the next
  // call.
  absl::Time Work();
  // Ends both streams, after which no event comes. Called by the thread that
  // calls Work, after its last call.
  void Close();

 private:
  enum Service { kNetwork, kCompute };
  template <typename Response>
  class WatchHandler;
  struct ServiceWatch {
    explicit ServiceWatch(const StreamPolicy& policy) : state(policy) {}
    ScopeStream state;
    std::unique_ptr<WatchCall> stream;
    bool closing = false;  // by us
  };

  absl::Time WorkOn(Service service);
  void End(Service service);
  std::unique_ptr<WatchCall> Open(Service service, const std::string& cursor);
  void OnEvent(Service service, const CloudEvent& event);
  void OnResource(Service service, const CloudEvent& event);
  void OnSynced(Service service, const CloudEvent& event);
  void OnEnd(Service service, const absl::Status& status);
  // Notifies of a change of the contact, if there is one. Returns when the next
  // one is due.
  absl::Time NotifyOfContact();
  bool SyncedLocked(const std::string& cluster_id) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const WatchEnv& env_;
  const ScopePtr scope_;
  const std::function<void()> wake_;
  const std::unique_ptr<WatchHandler<network::v1::WatchResponse>>
      network_handler_;
  const std::unique_ptr<WatchHandler<compute::v1::WatchResponse>>
      compute_handler_;

  mutable absl::Mutex mutex_;
  std::set<std::string> clusters_ ABSL_GUARDED_BY(mutex_);
  std::array<ServiceWatch, 2> watches_ ABSL_GUARDED_BY(mutex_);  // by Service
  ScopeContact contact_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_SCOPE_WATCH_H_
