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
  std::string content = Recall(cluster);
  if (content.empty()) {
    EVROC_ASSIGN_OR_RETURN(content, Read(context, cluster));
    opened.fresh = true;
  }
  absl::StatusOr<std::unique_ptr<KubeClient>> client = factory_(content);
  if (!client.ok()) {
    Drop(cluster);
    return Annotate(client.status(), Describe(SecretOf(cluster)));
  }
  opened.client = *std::move(client);
  return opened;
}

void WorkloadAccess::Drop(const ObjectKey& cluster) {
  absl::MutexLock lock(&mutex_);
  cached_.erase(cluster);
}

std::string WorkloadAccess::Recall(const ObjectKey& cluster) {
  absl::MutexLock lock(&mutex_);
  auto found = cached_.find(cluster);
  if (found == cached_.end()) return "";
  if (clock_.Now() < found->second.read_at + max_age_) {
    return found->second.content;
  }
  cached_.erase(found);
  return "";
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
  absl::MutexLock lock(&mutex_);
  cached_[cluster] = {content, clock_.Now()};
  return content;
}

}  // namespace evroc::shim
