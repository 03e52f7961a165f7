// A Collection of a kind that the API lacks: every method returns
// UNIMPLEMENTED. Thread-safe.

#ifndef SERVICES_EVROC_KCP_MISSING_COLLECTION_H_
#define SERVICES_EVROC_KCP_MISSING_COLLECTION_H_

#include "absl/strings/str_cat.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/kinds.h"

namespace evroc::cloud {

template <typename T>
class MissingCollection : public Collection<T> {
 public:
  absl::StatusOr<T> Get(const CallContext& /*context*/,
                        const Id<T>& /*id*/) override {
    return Missing();
  }
  absl::StatusOr<Listing<T>> ListReadable(
      const CallContext& /*context*/,
      absl::string_view /*label_selector*/) override {
    return Missing();
  }
  absl::StatusOr<T> Create(const CallContext& /*context*/,
                           const T& /*object*/) override {
    return Missing();
  }
  absl::StatusOr<T> Update(const CallContext& /*context*/, const T& /*current*/,
                           const T& /*wanted*/) override {
    return Missing();
  }
  absl::Status Delete(const CallContext& /*context*/, const Id<T>& /*id*/,
                      const std::string& /*uid*/) override {
    return Missing();
  }
  bool can_watch() const override { return false; }
  absl::Status Watch(const CallContext& /*context*/,
                     absl::string_view /*resource_version*/,
                     const std::function<absl::Status(const WatchEvent<T>&)>&
                     /*sink*/) override {
    return Missing();
  }

 private:
  static absl::Status Missing() {
    return absl::UnimplementedError(absl::StrCat(
        "the API that a kubeconfig leads to has no kind ", kKindInfo<T>.kind));
  }
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_KCP_MISSING_COLLECTION_H_
