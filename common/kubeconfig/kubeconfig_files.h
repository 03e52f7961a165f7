// Loads kubeconfigs from one or several merged files, as kubectl does.

#ifndef COMMON_KUBECONFIG_KUBECONFIG_FILES_H_
#define COMMON_KUBECONFIG_KUBECONFIG_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/kubeconfig/kubeconfig.h"

namespace evroc {

// Returns the current context of all `paths` together: the first of entries
// with the same name counts, and so does the first current-context. Missing
// files are skipped as long as one exists. Paths in a file are relative to its
// folder. INVALID_ARGUMENT that names the invalid file or member.
absl::StatusOr<Kubeconfig> LoadKubeconfigFiles(
    const std::vector<std::string>& paths);

}  // namespace evroc

#endif  // COMMON_KUBECONFIG_KUBECONFIG_FILES_H_
