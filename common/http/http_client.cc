#include "common/http/http_client.h"

#include "absl/strings/match.h"

namespace evroc {

absl::string_view FindHeader(const HttpHeaders& headers,
                             absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

}  // namespace evroc
