// Builds the names of created cloud objects: readable, deterministic, valid for
// every Kubernetes name, and unique for each object (ADR 5, traps.md B13). Pure
// functions.

#ifndef SERVICES_IDENTITY_OBJECT_NAME_H_
#define SERVICES_IDENTITY_OBJECT_NAME_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/names/dns_label.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

// "<readable>-<8 characters of a hash>", an RFC 1123 label of at most
// `max_length` characters. The readable part is the machine's, else the
// cluster's name, then `name`, truncated to fit. The hash is of the owner's
// ids, `kind` ("Disk") and `name` ("boot"; may be empty), never of names that
// people chose for owners. An owner with a resource prefix has the names of the
// official provider, of any length.
std::string ObjectName(const Owner& owner, absl::string_view kind,
                       absl::string_view name,
                       size_t max_length = kMaxDnsLabel);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OBJECT_NAME_H_
