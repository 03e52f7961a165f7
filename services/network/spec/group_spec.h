// A validated request for the security groups. Values.

#ifndef SERVICES_NETWORK_SPEC_GROUP_SPEC_H_
#define SERVICES_NETWORK_SPEC_GROUP_SPEC_H_

#include <string>
#include <vector>

#include "common/status/violations.h"
#include "evroc/network/v1/resources.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "services/evroc/api/networking.h"
#include "services/fields/reference.h"

namespace evroc::network {

// A rule whose remote may be the cluster's own VPC, whichever that is.
struct RuleSpec {
  cloud::SecurityRule rule;
  bool from_vpc = false;
};

struct GroupSpec {
  std::string name;                    // of an additional group
  cloud::Id<cloud::SecurityGroup> id;  // chosen for it; else empty
  std::vector<RuleSpec> rules;
  std::vector<std::string> existing_ids;  // of a role's group
  cloud::Labels labels;                   // the user's for this one alone
  bool refused = false;                   // of a role's group: it stays
};

// Add errors to `violations`; `field` is the path of the first argument. A
// group of a role is marked if it has one, an additional one is left out.
GroupSpec CheckRoleGroup(const v1::RoleSecurityGroup& group,
                         const cloud::Place& place, const std::string& field,
                         Violations& violations);
std::vector<GroupSpec> CheckAdditionalGroups(
    const google::protobuf::RepeatedPtrField<v1::NamedSecurityGroup>& groups,
    const cloud::Place& place, const std::string& field,
    Violations& violations);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SPEC_GROUP_SPEC_H_
