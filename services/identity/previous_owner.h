// Recognises the cloud objects of Evroc's official provider, by the labels that
// it gives them: keys that begin with "capi_". Pure functions.

#ifndef SERVICES_IDENTITY_PREVIOUS_OWNER_H_
#define SERVICES_IDENTITY_PREVIOUS_OWNER_H_

#include <optional>
#include <string>
#include <vector>

#include "common/text/interned_string.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// See evroc.common.v1.PreviousOwner.
struct PreviousOwner {
  std::string cluster_id;
  std::string cluster_uid;
  std::vector<std::string> cluster_names;
  std::string machine_id;
  std::vector<std::string> machine_uids;
};

// Selectors for lists that together show all of the owner's objects, except
// virtual machines, which lack these labels; not only the owner's. None for a
// machine without an id.
std::vector<std::string> OfficialSelectors(const PreviousOwner& owner,
                                           bool is_machine);

// Whether the labels are a cluster's object's of the official provider.
bool HasOfficialLabels(const Labels& labels);

// Why the labels prove that an object is that cluster's, for people; nothing if
// they don't. Of a virtual machine they never do.
std::optional<std::string> ProveByLabels(const Labels& labels,
                                         const PreviousOwner& owner);

// Whether an object is of a machine, and of which: the value of its label.
InternedString OfficialMachineId(const Labels& labels);

// Whether the label with the cluster's name has one of the owner's names.
bool HasNameOf(const Labels& labels, const PreviousOwner& owner);

}  // namespace evroc::cloud

#endif  // SERVICES_IDENTITY_PREVIOUS_OWNER_H_
