// The project, region, endpoints and credential with which the cloud is called,
// and a key that tells scopes apart. An immutable value.

#ifndef SHIM_RPC_SCOPE_H_
#define SHIM_RPC_SCOPE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

// A digest, since a scope holds secrets. Scopes with the same content have the
// same key.
using ScopeKey = std::string;

class Scope {
 public:
  explicit Scope(common::v1::CloudScope proto);

  const common::v1::CloudScope& proto() const { return proto_; }
  const ScopeKey& key() const { return key_; }
  // The same for calls that expect this cloud; the key stays.
  Scope Expecting(const common::v1::ExpectedCloud& cloud) const;
  // The beginning of the key, for log lines.
  absl::string_view name() const;

 private:
  Scope(common::v1::CloudScope proto, ScopeKey key)
      : proto_(std::move(proto)), key_(std::move(key)) {}

  const common::v1::CloudScope proto_;
  const ScopeKey key_;
};

using ScopePtr = std::shared_ptr<const Scope>;

// Whether both see the same cloud objects, regardless of their credentials.
bool SamePlace(const Scope& a, const Scope& b);

}  // namespace evroc::shim

#endif  // SHIM_RPC_SCOPE_H_
