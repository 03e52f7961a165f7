#include "shim/app/fenced_kube_client.h"

#include <utility>

#include "common/status/status_macros.h"

namespace evroc::shim {

FencedKubeClient::FencedKubeClient(std::unique_ptr<KubeClient> inner,
                                   MayWrite may_write)
    : inner_(std::move(inner)), may_write_(std::move(may_write)) {}

absl::Status FencedKubeClient::CheckMayWrite() const {
  if (may_write_()) return absl::OkStatus();
  return absl::CancelledError("not written: this shim no longer leads");
}

absl::StatusOr<Json> FencedKubeClient::Get(const CallContext& context,
                                           const ResourceType& type,
                                           const ObjectKey& key) {
  return inner_->Get(context, type, key);
}

absl::StatusOr<std::string> FencedKubeClient::List(const CallContext& context,
                                                   const ResourceType& type,
                                                   const Selection& selection,
                                                   const ObjectSink& sink) {
  return inner_->List(context, type, selection, sink);
}

absl::Status FencedKubeClient::Watch(const CallContext& context,
                                     const ResourceType& type,
                                     const Selection& selection,
                                     const std::string& resource_version,
                                     const EventSink& sink) {
  return inner_->Watch(context, type, selection, resource_version, sink);
}

absl::StatusOr<Json> FencedKubeClient::Create(const CallContext& context,
                                              const ResourceType& type,
                                              const Json& object) {
  EVROC_RETURN_IF_ERROR(CheckMayWrite());
  return inner_->Create(context, type, object);
}

absl::StatusOr<Json> FencedKubeClient::Update(const CallContext& context,
                                              const ResourceType& type,
                                              const Json& object) {
  EVROC_RETURN_IF_ERROR(CheckMayWrite());
  return inner_->Update(context, type, object);
}

absl::StatusOr<Json> FencedKubeClient::Patch(const CallContext& context,
                                             const ResourceType& type,
                                             const ObjectKey& key,
                                             absl::string_view subresource,
                                             const Json& patch) {
  EVROC_RETURN_IF_ERROR(CheckMayWrite());
  return inner_->Patch(context, type, key, subresource, patch);
}

}  // namespace evroc::shim
