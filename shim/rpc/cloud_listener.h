// Who is told that the cloud has changed. Called on threads of the peers',
// without locks: it should be quick, and may ask CloudView and CloudWatcher.

#ifndef SHIM_RPC_CLOUD_LISTENER_H_
#define SHIM_RPC_CLOUD_LISTENER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace evroc::shim {

class CloudListener {
 public:
  virtual ~CloudListener() = default;

  // CloudView says something else of this machine, or (`machine_id` empty) of
  // the cluster's network; or CloudWatcher::Synced has become true of it.
  virtual void OnCloudChange(const std::string& cluster_id,
                             const std::string& machine_id) = 0;

  // The cloud refuses the credentials of these clusters. It is asked again, but
  // seldom; whoever has better ones holds the clusters with them.
  virtual void OnScopeRefused(const std::vector<std::string>& cluster_ids,
                              const absl::Status& status) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_LISTENER_H_
