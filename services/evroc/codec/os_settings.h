// Encodes `osSettings` of a virtual machine, the same in both dialects: user
// data as one line of base64 (evroc-api.md B.5.2) and SSH keys. Pure functions.

#ifndef SERVICES_EVROC_CODEC_OS_SETTINGS_H_
#define SERVICES_EVROC_CODEC_OS_SETTINGS_H_

#include "common/json/json.h"
#include "services/evroc/api/compute.h"

namespace evroc::cloud {

// Sets spec.osSettings if the machine has any.
void SetOsSettings(Json& spec, const VirtualMachine& machine);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CODEC_OS_SETTINGS_H_
