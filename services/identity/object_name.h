// Builds the names of created cloud objects: readable, deterministic, valid for
// every Kubernetes name, and unique for each object (ADR 5, traps.md B13). Pure
// functions.

#ifndef SERVICES_IDENTITY_OBJECT_NAME_H_
#define SERVICES_IDENTITY_OBJECT_NAME_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "common/names/dns_label.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

// "<readable>-<8 characters of a hash>", an RFC 1123 label of at most
// `max_length` characters. The readable part is the machine's, else the
// cluster's name, then `name`, truncated to fit. The hash is of the owner's
// ids, `kind` ("Disk") and `name` ("boot"; may be empty), never of names that
// people chose for owners. An owner with a resource prefix has the names of the
// official provider, where they are labels.
std::string ObjectName(const Owner& owner, absl::string_view kind,
                       absl::string_view name,
                       size_t max_length = kMaxDnsLabel);

// Whether `id` is one with a hash that ObjectName gives to an object of the
// owner and of that kind, whatever the owner is called. For each text at the
// end of its readable part, also for none, `names_for` returns what the
// object's `name` may be; the hash decides.
bool HasObjectName(
    const Owner& owner, absl::string_view kind, absl::string_view id,
    absl::FunctionRef<std::vector<std::string>(absl::string_view end)>
        names_for);

// Whether `id` may be one that ObjectName gives to an object of a cluster with
// that name, whatever its kind and ids: it begins with the name, then comes
// `part`, and a hash is at its end. Of the cluster's name it may have the
// beginning alone.
bool LooksLikeObjectOf(absl::string_view cluster_name, absl::string_view part,
                       absl::string_view id);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_OBJECT_NAME_H_
