// Token sources without an issuer: none, a fixed token, or a file that may be
// rotated. Thread-safe.

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

// Returns the same token, UNAUTHENTICATED once its own "exp" has passed. A
// token that is no JWT has no known expiry.
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

// Reads the file, which is to be read again after kReadAgain (read_file.h).
// UNAUTHENTICATED if it can't be read.
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
