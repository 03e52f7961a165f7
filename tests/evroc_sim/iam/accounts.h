// The accounts that can sign in: users with passwords and refresh tokens, and
// service accounts with the public keys of their credentials (evroc-api.md
// B.2). Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_ACCOUNTS_H_
#define TESTS_EVROC_SIM_IAM_ACCOUNTS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/crypto/rsa_key.h"
#include "tests/evroc_sim/iam/token_issuer.h"

namespace evroc::sim {

// The client id that a service account signs in with.
std::string ClientIdOf(absl::string_view project, absl::string_view id);

class Accounts {
 public:
  void AddUser(const std::string& name, const std::string& password);
  // The identity of a user that exists.
  Identity IdentityOf(const std::string& user) const;
  // Issues a refresh token for the user; older ones stay usable.
  std::string IssueRefreshToken(const std::string& user);

  // Returns the user; PERMISSION_DENIED if wrong.
  absl::StatusOr<std::string> CheckPassword(const std::string& user,
                                            const std::string& password) const;
  absl::StatusOr<std::string> CheckRefreshToken(const std::string& token) const;

  // A key that signs assertions for a service account.
  struct Credential {
    RsaKey public_key;
    absl::Time expires;
    absl::Duration token_lifetime = absl::ZeroDuration();  // zero: the default
  };
  // An account that is not enabled can't sign in.
  void PutServiceAccount(const std::string& project, const std::string& id,
                         bool enabled);
  void RemoveServiceAccount(const std::string& client_id);
  // Neither does anything without the account.
  void PutCredential(const std::string& client_id, const std::string& id,
                     Credential credential);
  void RemoveCredential(const std::string& client_id, const std::string& id);

  // The identity of a service account whose assertion is valid, and how long
  // its token lives.
  struct SignIn {
    Identity identity;
    absl::Duration token_lifetime;  // zero: the default
  };
  // Whether an assertion for `token_url`, which `is_token_url` knows by any of
  // its names, is valid: signature, times, audience, and not seen before.
  // PERMISSION_DENIED that says what is wrong.
  absl::StatusOr<SignIn> CheckAssertion(
      const std::string& client_id, absl::string_view assertion, absl::Time now,
      const std::function<bool(absl::string_view)>& is_token_url);

  // Returns the whole state; restores it.
  Json SaveState() const;
  absl::Status LoadState(JsonView state);

 private:
  struct User {
    std::string password;
    std::string uuid;
  };
  struct ServiceAccount {
    Identity identity;
    bool enabled = true;
    std::map<std::string, Credential> credentials;
  };

  static Json SavedAccount(const ServiceAccount& account);
  static absl::StatusOr<ServiceAccount> RestoredAccount(
      absl::string_view client_id, JsonView saved);
  // The claims of an assertion, and the credential that it is signed with.
  struct Verified {
    Json claims;
    const Credential* credential = nullptr;
  };
  absl::StatusOr<Verified> VerifyLocked(const ServiceAccount& account,
                                        absl::string_view assertion,
                                        absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsReplayLocked(const std::string& id, absl::Time expiry, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, User> users_ ABSL_GUARDED_BY(mutex_);
  // Users by token.
  std::map<std::string, std::string> refresh_tokens_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, ServiceAccount> service_accounts_
      ABSL_GUARDED_BY(mutex_);
  // Used assertions, until they would have expired.
  std::map<std::string, absl::Time> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_ACCOUNTS_H_
