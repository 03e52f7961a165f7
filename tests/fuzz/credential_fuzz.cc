// Fuzzes the credential of a request.

#include <cstddef>
#include <cstdint>

#include "services/evroc/connection/target.h"
#include "services/evroc/credentials/parse_credential.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using evroc::cloud::CredentialOrigin;
  auto credential = evroc::cloud::ParseCredential(
      {reinterpret_cast<const char*>(data), size}, CredentialOrigin::kRequest);
  if (credential.ok()) {
    (void)evroc::cloud::ResolveTarget(*std::move(credential), {}, {});
  }
  return 0;
}
