// Maps fields of the services' requests to fields of the CRDs. Pure functions.

#ifndef SHIM_RECONCILE_CRD_FIELDS_H_
#define SHIM_RECONCILE_CRD_FIELDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "shim/cache/credential_secret.h"

namespace evroc::shim {

// Where a credential was read from.
struct CredentialSource {
  std::string secret;  // "namespace/name"
  CredentialForm form = CredentialForm::kConfig;
};

// The field of the CRD from which a service's field is made, with the same
// indices: "cluster_network.subnets[1].ipv4_cidr_block" is
// "spec.network.subnets[1].cidrBlock". A field of a credential is named within
// its Secret. Other fields, such as those that are the CRD's already, stay as
// they are.
std::string CrdFieldOf(absl::string_view field, const CredentialSource& source);

// Whether a service's field is a part of the credential.
bool IsCredentialField(absl::string_view field);

// The type of the EvrocCluster's condition that a field of the CRD concerns;
// empty: no particular one.
absl::string_view ConditionOfField(absl::string_view crd_field);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CRD_FIELDS_H_
