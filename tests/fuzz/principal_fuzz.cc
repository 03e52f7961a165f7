// Fuzzes client certificates: an input as the text of one, and as the bytes
// that the text encodes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/evroc/credentials/credential.h"
#include "services/evroc/credentials/principal.h"

namespace {

std::string AsPem(absl::string_view bytes) {
  const std::string encoded = absl::Base64Escape(bytes);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < encoded.size(); at += 64) {
    absl::StrAppend(&pem, encoded.substr(at, 64), "\n");
  }
  return pem + "-----END CERTIFICATE-----\n";
}

void CheckPrincipal(std::string pem) {
  evroc::cloud::Credential credential;
  credential.token.grant = evroc::NoToken{};
  credential.client_certificate_pem = std::move(pem);
  const std::string principal = evroc::cloud::PrincipalOf(credential);
  if (!principal.empty() && principal.size() != 32) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckPrincipal(std::string(input));
  CheckPrincipal(AsPem(input));
  return 0;
}
