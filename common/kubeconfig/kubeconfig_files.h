// Kubeconfigs in files, one or several merged, as kubectl reads them.

#ifndef COMMON_KUBECONFIG_KUBECONFIG_FILES_H_
#define COMMON_KUBECONFIG_KUBECONFIG_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/kubeconfig/kubeconfig.h"

namespace evroc {

// The current context of all `paths` together: of entries with the same name
// the first counts, and so does the first current-context. Files that are not
// there are left out, as long as one is. Paths in a file are relative to its
// folder. INVALID_ARGUMENT naming the file or member at fault.
absl::StatusOr<Kubeconfig> LoadKubeconfigFiles(
    const std::vector<std::string>& paths);

}  // namespace evroc

#endif  // COMMON_KUBECONFIG_KUBECONFIG_FILES_H_
