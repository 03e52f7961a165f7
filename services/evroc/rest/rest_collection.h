// Collection over the REST API (evroc-api.md part B). Thread-safe.

#ifndef SERVICES_EVROC_REST_REST_COLLECTION_H_
#define SERVICES_EVROC_REST_REST_COLLECTION_H_

#include <string>
#include <utility>

#include "common/json/json.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/verb.h"
#include "services/evroc/rest/rest_channel.h"

namespace evroc::cloud {

template <typename T>
class RestCollection : public Collection<T> {
 public:
  // channel.http must outlive the collection.
  explicit RestCollection(RestChannel channel) : channel_(std::move(channel)) {}

  absl::StatusOr<T> Get(const CallContext& context, const Id<T>& id) override;
  // Parsed while it arrives; user data is skipped.
  absl::StatusOr<Listing<T>> ListReadable(
      const CallContext& context, absl::string_view label_selector) override;
  absl::StatusOr<T> Create(const CallContext& context,
                           const T& object) override;
  absl::StatusOr<T> Update(const CallContext& context, const T& current,
                           const T& wanted) override;
  absl::Status Delete(const CallContext& context, const Id<T>& id,
                      const std::string& uid) override;

  bool can_watch() const override { return false; }
  absl::Status Watch(
      const CallContext& context, absl::string_view resource_version,
      const std::function<absl::Status(const WatchEvent<T>&)>& sink) override;

 private:
  HttpRequest Request(absl::string_view method, const Id<T>* id,
                      const Json* body) const;
  absl::StatusOr<T> SendOne(const CallContext& context, Verb verb,
                            const HttpRequest& request, const Id<T>& id);
  absl::StatusOr<T> Decode(JsonView object) const;

  const RestChannel channel_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_COLLECTION_H_
