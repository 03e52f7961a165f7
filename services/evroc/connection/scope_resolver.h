// From what a request says to where its calls go: reads and parses the
// credential and settles the target. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_SCOPE_RESOLVER_H_
#define SERVICES_EVROC_CONNECTION_SCOPE_RESOLVER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "services/evroc/connection/credential_files.h"
#include "services/evroc/connection/endpoints.h"
#include "services/evroc/connection/scope_request.h"
#include "services/evroc/connection/target.h"

namespace evroc::cloud {

class ScopeResolver {
 public:
  static constexpr size_t kMaxCredentialBytes = size_t{256} << 10;

  // `flags` are what the program was started with.
  ScopeResolver(CredentialFiles credential_files, Endpoints flags)
      : credential_files_(std::move(credential_files)),
        flags_(std::move(flags)) {}

  // A credential, not parsed yet, with the endpoints that go with it.
  struct Source {
    std::string content;  // secret
    bool trusted = false;
    // A digest of all that, same for same.
    std::string key;
  };

  // INVALID_ARGUMENT naming the field for no credential, two, one that is too
  // large, or a named one together with endpoints: a tenant could have the
  // operator's key sent to a server of his own (ADR 7).
  absl::StatusOr<Source> Load(const ScopeRequest& request) const;

  // Errors of ParseCredential and ResolveTarget.
  absl::StatusOr<Target> Resolve(const Source& source,
                                 const TargetSpec& spec) const;

 private:
  const CredentialFiles credential_files_;
  const Endpoints flags_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_SCOPE_RESOLVER_H_
