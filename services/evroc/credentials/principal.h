// Says which account a credential is of (ADR 28). A pure function.

#ifndef SERVICES_EVROC_CREDENTIALS_PRINCIPAL_H_
#define SERVICES_EVROC_CREDENTIALS_PRINCIPAL_H_

#include <string>

#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// A digest of the account and of who issued it: a service account's client id,
// a user's name, "sub" and "iss" of a token, subject and issuer of a client
// certificate. Another key, token or certificate of the account has the same.
// Empty if the credential does not tell: an opaque token, a command, a file.
// Has nothing secret.
std::string PrincipalOf(const Credential& credential);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_PRINCIPAL_H_
