#include "shim/node/workload_access.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

ObjectKey SecretOf(const ObjectKey& cluster) {
  return {cluster.name_space, absl::StrCat(cluster.name.str(), "-kubeconfig")};
}

std::string Describe(const ObjectKey& secret) {
  return absl::StrCat("Secret \"", ToString(secret), "\"");
}

}  // namespace

WorkloadAccess::WorkloadAccess(KubeClient& management,
                               WorkloadClientFactory factory, Clock& clock,
                               absl::Duration max_age)
    : management_(management),
      factory_(std::move(factory)),
      clock_(clock),
      max_age_(max_age) {}

absl::StatusOr<WorkloadAccess::Opened> WorkloadAccess::Open(
    const CallContext& context, const ObjectKey& cluster) {
  Opened opened;
  CachedKubeconfig cached = Recall(cluster);
  if (cached.content.empty()) {
    Drop(cluster);  // too old
    EVROC_ASSIGN_OR_RETURN(cached.content, Read(context, cluster));
    cached.read_at = clock_.Now();
    opened.fresh = true;
  }
  if (cached.client == nullptr) {
    absl::StatusOr<std::unique_ptr<KubeClient>> client =
        factory_(cached.content);
    if (!client.ok()) {
      Drop(cluster);
      return Annotate(client.status(), Describe(SecretOf(cluster)));
    }
    cached.client = *std::move(client);
    Cache(cluster, cached);
  }
  opened.client = std::move(cached.client);
  return opened;
}

void WorkloadAccess::Drop(const ObjectKey& cluster) {
  CachedKubeconfig dropped;  // the client ends without the lock
  absl::MutexLock lock(&mutex_);
  if (auto cached = cached_.extract(cluster); !cached.empty()) {
    dropped = std::move(cached.mapped());
  }
}

void WorkloadAccess::Close(const ObjectKey& cluster) {
  std::shared_ptr<KubeClient> closed;  // ends without the lock
  absl::MutexLock lock(&mutex_);
  const auto found = cached_.find(cluster);
  if (found != cached_.end()) closed.swap(found->second.client);
}

WorkloadAccess::CachedKubeconfig WorkloadAccess::Recall(
    const ObjectKey& cluster) {
  absl::MutexLock lock(&mutex_);
  const auto found = cached_.find(cluster);
  if (found == cached_.end() ||
      clock_.Now() >= found->second.read_at + max_age_) {
    return {};
  }
  return found->second;
}

void WorkloadAccess::Cache(const ObjectKey& cluster,
                           const CachedKubeconfig& kubeconfig) {
  CachedKubeconfig former = kubeconfig;  // ends without the lock
  absl::MutexLock lock(&mutex_);
  std::swap(cached_[cluster], former);
}

absl::StatusOr<std::string> WorkloadAccess::Read(const CallContext& context,
                                                 const ObjectKey& cluster) {
  const ObjectKey key = SecretOf(cluster);
  absl::StatusOr<Json> secret = management_.Get(context, kSecretType, key);
  if (!secret.ok()) return secret.status();
  std::string content;
  const bool decoded =
      absl::Base64Unescape(secret->At("data.value").String(), &content);
  if (!decoded || content.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Describe(key), " has no kubeconfig under \"value\""));
  }
  return content;
}

}  // namespace evroc::shim
