// Issues and verifies access tokens, which are JWTs. Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_TOKEN_ISSUER_H_
#define TESTS_EVROC_SIM_IAM_TOKEN_ISSUER_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/crypto/rsa_key.h"
#include "common/time/clock.h"

namespace evroc::sim {

// The identity in a token.
struct Identity {
  std::string subject;
  std::string project;  // the only one it may access; empty: all
  // Its fully qualified id, which role bindings name; empty: IAM does not know
  // it, and it may do everything.
  std::string principal;
};

class TokenIssuer {
 public:
  // `clock` must outlive the issuer.
  TokenIssuer(RsaKey key, Clock& clock);

  std::string Issue(const Identity& identity, absl::string_view issuer,
                    absl::Duration lifetime) const;
  // UNAUTHENTICATED for a token that is not from this issuer or has expired.
  absl::StatusOr<Identity> Check(absl::string_view token);
  // Invalidates all tokens issued so far.
  void ExpireAll();

  const RsaKey& key() const { return key_; }

 private:
  struct Verified {
    Identity identity;
    absl::Time expiry;
    int64_t epoch = 0;
  };
  absl::StatusOr<Verified> Verify(const std::string& token) const;

  const RsaKey key_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  int64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  // Verified tokens, so that each signature is checked once.
  absl::flat_hash_map<std::string, Verified> verified_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_TOKEN_ISSUER_H_
