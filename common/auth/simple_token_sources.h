// Tokens that are there already: none, one as it is, or one in a file that
// somebody rotates. Thread-safe.

#ifndef COMMON_AUTH_SIMPLE_TOKEN_SOURCES_H_
#define COMMON_AUTH_SIMPLE_TOKEN_SOURCES_H_

#include <string>
#include <utility>

#include "common/auth/token_source.h"
#include "common/time/clock.h"

namespace evroc {

class NoTokenSource : public TokenSource {
 public:
  absl::StatusOr<AccessToken> Fetch(const CallContext& context) override;
};

// UNAUTHENTICATED once the token's own "exp" has passed. A token that is no
// JWT has no end that we know.
class StaticTokenSource : public TokenSource {
 public:
  // `clock` must outlive the source.
  StaticTokenSource(std::string token, Clock& clock)
      : token_(std::move(token)), clock_(clock) {}

  absl::StatusOr<AccessToken> Fetch(const CallContext& context) override;

 private:
  const std::string token_;
  Clock& clock_;
};

// Read again once a minute. UNAUTHENTICATED if the file can't be read.
class FileTokenSource : public TokenSource {
 public:
  FileTokenSource(std::string path, Clock& clock)
      : path_(std::move(path)), clock_(clock) {}

  absl::StatusOr<AccessToken> Fetch(const CallContext& context) override;

 private:
  const std::string path_;
  Clock& clock_;
};

}  // namespace evroc

#endif  // COMMON_AUTH_SIMPLE_TOKEN_SOURCES_H_
