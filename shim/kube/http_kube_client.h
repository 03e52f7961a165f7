// Calls the Kubernetes API over HTTP.
//
// Lists are read in pages, decoded as they arrive, without managedFields. Reads
// and idempotent writes (those with a resourceVersion) are retried after server
// errors, all calls after a 429, both within bounds. A call without a deadline
// gets one. Thread-safe.

#ifndef SHIM_KUBE_HTTP_KUBE_CLIENT_H_
#define SHIM_KUBE_HTTP_KUBE_CLIENT_H_

#include <memory>
#include <string>

#include "common/kubeconfig/kubeconfig.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/kube_request.h"
#include "shim/kube/kube_transport.h"

namespace evroc::shim {

struct HttpKubeClientOptions {
  KubeTransportOptions transport;
  absl::Duration call_timeout = absl::Seconds(30);
  absl::Duration list_timeout = absl::Seconds(60);  // of each page
  int page_size = 500;
  // A watch lasts a random time between these two.
  absl::Duration min_watch = absl::Minutes(5);
  absl::Duration max_watch = absl::Minutes(10);
  // A watch in which nothing comes for so long, not even a bookmark, which
  // servers send about every minute, is given up.
  absl::Duration max_silence = absl::Minutes(2);
};

class HttpKubeClient : public KubeClient {
 public:
  // Fails as KubeTransport::Make does. Makes no call yet. `clock` must outlive
  // the client.
  static absl::StatusOr<std::unique_ptr<HttpKubeClient>> Make(
      const Kubeconfig& config, const HttpKubeClientOptions& options,
      Clock& clock);

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

 private:
  HttpKubeClient(const Kubeconfig& config, HttpKubeClientOptions options,
                 std::unique_ptr<KubeTransport> transport, Clock& clock);

  // The request for `method` on `target`, with the headers and the timeout that
  // every request carries.
  HttpRequest Request(absl::string_view method, const KubeTarget& target,
                      Query query, const CallContext& bounded) const;
  // `context` with a deadline of at most `timeout` from now.
  CallContext Bounded(const CallContext& context, absl::Duration timeout) const;
  absl::StatusOr<Json> Write(const CallContext& context,
                             absl::string_view method, absl::string_view verb,
                             const KubeTarget& target, const Json& body);
  // The list's version, and the token of the next page.
  struct Page {
    std::string resource_version;
    std::string next;
  };
  absl::StatusOr<Page> ListPage(const CallContext& context,
                                const KubeTarget& target,
                                const Selection& selection, const Query& query,
                                const ObjectSink& sink);

  const HttpKubeClientOptions options_;
  const std::string server_;
  const std::string authorization_;  // secret; only for basic authentication
  const std::unique_ptr<KubeTransport> transport_;
  Clock& clock_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_HTTP_KUBE_CLIENT_H_
