// Gets tokens from a command that the operator configures, by the
// ExecCredential protocol of client.authentication.k8s.io (evroc-api.md A.2).
// Thread-safe.

#ifndef COMMON_AUTH_EXEC_TOKEN_SOURCE_H_
#define COMMON_AUTH_EXEC_TOKEN_SOURCE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/auth/grants.h"
#include "common/auth/token_source.h"
#include "common/time/clock.h"

namespace evroc {

class ExecTokenSource : public TokenSource {
 public:
  // `clock` must outlive the source.
  ExecTokenSource(ExecPlugin plugin, Clock& clock)
      : plugin_(std::move(plugin)), clock_(clock) {}

  // Runs the command and reads status.token and status.expirationTimestamp from
  // its output; without the latter the token is valid until the server refuses
  // it. UNAUTHENTICATED if the command fails or prints something else; its
  // output is never quoted. The command is killed when the context ends, and
  // after a minute: the caller may be a watch, which has no deadline, and all
  // others wait for the same token.
  absl::StatusOr<AccessToken> Fetch(const CallContext& context) override;

 private:
  const ExecPlugin plugin_;
  Clock& clock_;
};

// Returns the token in what the command printed. Errors as Fetch.
absl::StatusOr<AccessToken> ParseExecCredential(absl::string_view output,
                                                const Clock& clock);

}  // namespace evroc

#endif  // COMMON_AUTH_EXEC_TOKEN_SOURCE_H_
