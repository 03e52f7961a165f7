// Fuzzes the data of a credential Secret, and what a service makes of it.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "services/evroc/credentials/parse_credential.h"
#include "shim/cache/credential_secret.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto secret =
      evroc::Json::Parse({reinterpret_cast<const char*>(data), size});
  if (!secret.ok()) return 0;
  const auto credential = evroc::shim::DecodeCredential(*secret);
  if (!credential.ok()) return 0;
  (void)evroc::cloud::ParseCredential(
      evroc::shim::CredentialText(*credential, "project"),
      evroc::cloud::CredentialOrigin::kRequest);
  return 0;
}
