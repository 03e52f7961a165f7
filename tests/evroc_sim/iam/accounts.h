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

class Accounts {
 public:
  void AddUser(const std::string& name, const std::string& password);
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
  };
  void PutServiceAccount(const std::string& client_id,
                         const std::string& project, bool enabled);
  void RemoveServiceAccount(const std::string& client_id);
  void PutCredential(const std::string& client_id, const std::string& id,
                     Credential credential);
  void RemoveCredential(const std::string& client_id, const std::string& id);

  // Whether an assertion for `token_url`, which `is_token_url` knows by any of
  // its names, is valid: signature, times, audience, and not seen before.
  // PERMISSION_DENIED that says what is wrong.
  absl::StatusOr<Identity> CheckAssertion(
      const std::string& client_id, absl::string_view assertion, absl::Time now,
      const std::function<bool(absl::string_view)>& is_token_url);

  // Returns the whole state; restores it.
  Json SaveState() const;
  absl::Status LoadState(JsonView state);

 private:
  struct ServiceAccount {
    std::string project;
    bool enabled = true;
    std::map<std::string, Credential> credentials;
  };

  absl::StatusOr<Json> VerifiedClaimsLocked(const ServiceAccount& account,
                                            absl::string_view assertion,
                                            absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsReplayLocked(const std::string& id, absl::Time expiry, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::string> passwords_ ABSL_GUARDED_BY(mutex_);
  // Users by token.
  std::map<std::string, std::string> refresh_tokens_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, ServiceAccount> service_accounts_
      ABSL_GUARDED_BY(mutex_);
  // Used assertions, until they would have expired.
  std::map<std::string, absl::Time> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_ACCOUNTS_H_
