// Fences a KubeClient's writes: each write first checks that the shim still
// leads, so a shim whose lease has run out changes nothing, however late it
// notices. Reads are never refused. Thread-safe.

#ifndef SHIM_APP_FENCED_KUBE_CLIENT_H_
#define SHIM_APP_FENCED_KUBE_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "shim/kube/kube_client.h"

namespace evroc::shim {

class FencedKubeClient : public KubeClient {
 public:
  // Called before each write, on the writer's thread; must be quick.
  using MayWrite = std::function<bool()>;

  FencedKubeClient(std::unique_ptr<KubeClient> inner, MayWrite may_write);

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

  // Writes fail with CANCELLED, and send nothing, if `may_write` returns false.
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
  absl::Status CheckMayWrite() const;

  const std::unique_ptr<KubeClient> inner_;
  const MayWrite may_write_;
};

}  // namespace evroc::shim

#endif  // SHIM_APP_FENCED_KUBE_CLIENT_H_
