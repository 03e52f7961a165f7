// Checks the behaviour that every KubeClient shares, for the fake and the real
// one. One check at a time for each namespace.

#ifndef SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_
#define SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_

#include <string>

#include "shim/kube/kube_client.h"

namespace evroc::shim {

// Creates EvrocMachines with names that begin with `prefix` in `name_space`,
// which must not have any such, and leaves them there. Reports violations
// through GoogleTest.
void CheckKubeClientContract(KubeClient& client, const std::string& name_space,
                             const std::string& prefix);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_
