// Resolves requests to targets: reads and parses the credential and determines
// the target. Thread-safe.

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

  // `flags` are the program's flags.
  ScopeResolver(CredentialFiles credential_files, Endpoints flags)
      : credential_files_(std::move(credential_files)),
        flags_(std::move(flags)) {}

  // An unparsed credential and its endpoints.
  struct Source {
    std::string content;  // secret
    bool trusted = false;
    // A digest of all of this; equal for equal sources.
    std::string key;
  };

  // INVALID_ARGUMENT that names the field for no credential, two, one that is
  // too large, or a named one together with endpoints: a tenant could have the
  // operator's key sent to another server (ADR 7).
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
