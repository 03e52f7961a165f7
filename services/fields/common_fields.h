// Validates and decodes the messages that both services share. Pure functions.
// Errors are added to `violations` with the path of the field.

#ifndef SERVICES_FIELDS_COMMON_FIELDS_H_
#define SERVICES_FIELDS_COMMON_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/status/violations.h"
#include "evroc/common/v1/resources.pb.h"
#include "google/protobuf/map.h"
#include "google/protobuf/message.h"
#include "services/evroc/api/object.h"
#include "services/evroc/connection/connection.h"
#include "services/evroc/connection/scope_request.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

ScopeRequest FromProto(const common::v1::CloudScope& scope);

enum class OwnerKind { kCluster, kMachine };

// `names`: whether the names are also required.
Owner CheckOwner(const common::v1::Owner& owner, OwnerKind kind, bool names,
                 absl::string_view field, Violations& violations);
common::v1::Owner ToProto(const Owner& owner);

void CheckClusterId(absl::string_view cluster_id, absl::string_view field,
                    Violations& violations);

// Labels that a user requests, by the rules of evroc-api.md B.9.7. Those that
// break one are left out.
Labels CheckLabels(
    const google::protobuf::Map<std::string, std::string>& labels,
    absl::string_view field, Violations& violations);

StackType FromProto(common::v1::StackType type);

// The answer to CheckCredentials.
common::v1::CredentialCheck DescribeConnection(const Connection& connection);

// Depends on the content alone.
std::string EtagOf(const google::protobuf::Message& message);

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_COMMON_FIELDS_H_
