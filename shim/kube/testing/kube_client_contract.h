// What every KubeClient does alike: checks for the fake and the real one.

#ifndef SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_
#define SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_

#include <string>

#include "shim/kube/kube_client.h"

namespace evroc::shim {

// Makes EvrocMachines whose names begin with `prefix`, in `name_space`, which
// has none of them yet, and leaves them there. What differs is reported through
// GoogleTest.
void CheckKubeClientContract(KubeClient& client, const std::string& name_space,
                             const std::string& prefix);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_TESTING_KUBE_CLIENT_CONTRACT_H_
